"""Runs a command that the kernel ends when its parent ends: ``python tether.py <parent pid> <command> …``.

It is executed by path in a bare interpreter, so it imports nothing of the project.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _tie_to_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the tie was made; nobody would ever end this process then.
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    _tie_to_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
