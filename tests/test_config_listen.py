from __future__ import annotations

import pytest

from bridge.config_listen import Listen, parse_listen


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("127.0.0.1:9993", "127.0.0.1", 9993),
        ("[::1]:25", "::1", 25),
        ("bridge.example.org:65535", "bridge.example.org", 65_535),
    ],
)
def test_address_is_read_and_written_the_same_way(written, host, port):
    listen = parse_listen(written)
    assert (listen.host, listen.port, str(listen)) == (host, port, written)
    assert parse_listen(listen) is listen


@pytest.mark.parametrize("written", ["", ":25", "h:0", "h:65536", "::1:25", "h", 25, None, "h:x"])
def test_anything_else_is_refused_with_the_right_form(written):
    with pytest.raises(ValueError, match="is no address to listen on; write HOST:PORT"):
        parse_listen(written)


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("127.0.0.1:1", "127.0.0.1:1", True),
        ("127.0.0.1:1", "127.0.0.1:2", False),
        ("127.0.0.1:1", "127.0.0.2:1", False),
        ("0.0.0.0:1", "127.0.0.1:1", True),
        ("[::]:1", "127.0.0.1:1", True),
    ],
)
def test_collision_is_mutual(one, other, collide):
    here, there = parse_listen(one), parse_listen(other)
    assert here.collides_with(there) is there.collides_with(here) is collide


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.0.2.1", False), ("h", False)],
)
def test_loopback_is_this_machine_only(host, loopback):
    assert Listen(host, 1).is_loopback is loopback
