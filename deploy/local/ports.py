"""Which TCP ports of this machine are free."""

import random
import socket

HOST = "127.0.0.1"

# Below the range that the kernel lends to outgoing connections: none of those takes a port before its owner.
_RANGE = range(21_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set this too; without it the remains of closed connections would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether something accepts connections on ``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def choose_port(*preferred: int | None) -> int:
    """The first of ``preferred`` that is free, else any free port."""
    for port in preferred:
        if port and is_free(port):
            return port
    for port in random.sample(_RANGE, 200):
        if is_free(port):
            return port
    raise OSError("no free port was found on this machine")
