import socket

from bridge.demo.ports import LOOPBACK, free_ports, is_listening


def test_ports_are_different_and_nobody_listens_on_them() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not any(is_listening(port) for port in ports)


def test_a_listener_is_seen() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        assert is_listening(server.getsockname()[1])
