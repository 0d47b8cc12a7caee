"""What every errand has: one that carries and records, or a wait that ends by itself."""

import inspect

import pytest

from bridge.delivery import mail, matrix
from bridge.delivery.errand import Errand, NotDue

ERRANDS = [
    one
    for module in (mail, matrix)
    for name, one in vars(module).items()
    if name.endswith("Errand") and one is not Errand
]


@pytest.mark.parametrize("errand", ERRANDS, ids=lambda one: one.__name__)
def test_every_errand_can_be_carried_and_recorded(errand):
    assert inspect.iscoroutinefunction(errand.carry)
    assert list(inspect.signature(errand.carry).parameters)[2] == "tried_at"
    assert list(inspect.signature(errand.record).parameters) == ["self", "tx", "remote_id"]


@pytest.mark.parametrize("errand", ERRANDS, ids=lambda one: one.__name__)
def test_an_errand_is_a_value_that_a_retry_cannot_find_changed(errand):
    assert errand.__dataclass_params__.frozen


def test_what_is_not_due_is_looked_at_again_within_seconds():
    assert 0 < NotDue("the room does not exist yet").wait_ms <= 10_000
