"""Java programs that Maven brings once and keeps in a folder of this machine."""

import subprocess
from pathlib import Path

from deploy.local.missing import StartFailed, executable


def resolve_jars(folder: Path, pom: Path, what: str) -> Path:
    """The folder of the jars that ``pom`` names, below ``folder``; Maven is asked only when they are not there yet."""
    libs = folder / "libs"
    stamp = libs / "pom.xml"
    if stamp.is_file() and stamp.read_bytes() == pom.read_bytes():
        return libs
    executable("java")
    libs.mkdir(parents=True, exist_ok=True)
    for jar in libs.glob("*.jar"):
        jar.unlink()
    # Maven writes beside the project it builds, so it gets a project of its own below the local folder.
    project = folder / "pom.xml"
    project.write_bytes(pom.read_bytes())
    command = [
        executable("mvn"),
        "-q",
        "-B",
        "-ntp",
        "-f",
        str(project),
        "package",
        f"-Dlibs={libs.resolve()}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise StartFailed(f"Maven could not bring {what}.\n{done.stdout[-2_000:]}")
    # Written last: a Maven that was interrupted runs again.
    stamp.write_bytes(pom.read_bytes())
    return libs
