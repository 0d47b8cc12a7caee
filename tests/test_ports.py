"""The real adapters and the fakes offer what the ports ask for, with the same parameters."""

import inspect

import pytest
from fakes_mail import FakeSmtp
from fakes_matrix import FakeHomeserver
from hand_clock import HandClock

from bridge import clock
from bridge.mail.smtp import Submission
from bridge.matrix.client import HomeserverClient
from bridge.ports import Clock, Homeserver, MailWriter


def methods(protocol):
    return [
        (name, method)
        for name, method in inspect.getmembers(protocol, inspect.isfunction)
        if not name.startswith("_")
    ]


def parameters(method):
    return [(one.name, one.kind) for one in inspect.signature(method).parameters.values()]


CASES = [
    (adapter, name, method)
    for port, adapters in (
        (Homeserver, (HomeserverClient, FakeHomeserver)),
        (MailWriter, (Submission, FakeSmtp)),
    )
    for adapter in adapters
    for name, method in methods(port)
]


@pytest.mark.parametrize(
    ("adapter", "name", "method"), CASES, ids=lambda one: getattr(one, "__name__", one)
)
def test_an_adapter_offers_what_its_port_asks_for(adapter, name, method):
    assert parameters(getattr(adapter, name)) == parameters(method)
    assert inspect.iscoroutinefunction(getattr(adapter, name))


@pytest.mark.parametrize("tell", [clock.now, HandClock()])
def test_a_clock_is_called_without_arguments(tell):
    assert tell() > 0
    assert parameters(Clock.__call__)[1:] == []
