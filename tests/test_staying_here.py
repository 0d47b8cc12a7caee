"""The watch over the tests' own connections bites (P18)."""

from __future__ import annotations

import socket

import pytest
from staying_here import LeftTheMachineError, Watch, is_here


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "", "0.0.0.0"])
def test_this_machine_is_here(host):
    assert is_here(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "2001:db8::1", "example.org", "localhost.example.org"]
)
def test_anything_else_is_not(host):
    assert not is_here(host)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (socket.AF_INET, ("192.0.2.1", 80))),
        ("socket.connect", (socket.AF_INET6, ("2001:db8::1", 80, 0, 0))),
        ("socket.sendto", (socket.AF_INET, ("192.0.2.1", 53))),
        ("socket.getaddrinfo", ("example.org", 80, 0, 0, 0)),
        ("socket.getaddrinfo", (b"example.org", 80, 0, 0, 0)),
        ("socket.gethostbyname", ("example.org",)),
    ],
)
def test_what_would_leave_is_refused_and_remembered(event, arguments):
    watch = Watch()
    if isinstance(arguments[0], socket.AddressFamily):
        with socket.socket(arguments[0]) as sock, pytest.raises(LeftTheMachineError):
            watch(event, (sock, *arguments[1:]))
    else:
        with pytest.raises(LeftTheMachineError):
            watch(event, arguments)
    assert len(watch.foreign) == 1


def test_what_stays_is_seen_and_let_through():
    watch = Watch()
    with socket.socket(socket.AF_UNIX) as sock:
        watch("socket.connect", (sock, "/run/nowhere"))
    watch("socket.getaddrinfo", ("127.0.0.1", 1, 0, 0, 0))
    watch("open", ("/etc/passwd", "r", 0))
    assert (len(watch.seen), watch.foreign) == (2, [])


def test_a_try_is_noticed_where_nothing_was_to_be_tried():
    watch = Watch()
    with pytest.raises(AssertionError), watch.nothing_tried():
        watch("socket.getaddrinfo", ("localhost", 1, 0, 0, 0))
