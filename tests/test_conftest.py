"""The wall around unit tests: whoever is not marked ``real`` gets no socket."""

import socket
import urllib.request

import pytest

from tests.conftest import SocketOpened


def test_a_unit_test_cannot_connect() -> None:
    with socket.socket() as opened, pytest.raises(SocketOpened, match="mark the test `real`"):
        opened.connect(("127.0.0.1", 9))


def test_a_unit_test_cannot_listen() -> None:
    with socket.socket() as opened, pytest.raises(SocketOpened):
        opened.bind(("127.0.0.1", 0))


def test_a_unit_test_cannot_reach_out_through_a_library() -> None:
    with pytest.raises(SocketOpened):
        urllib.request.urlopen("http://localhost:9/")


@pytest.mark.real
def test_a_real_test_may() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname()[1] > 0
