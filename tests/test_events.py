import dataclasses

import pytest

from bridge import events
from bridge.events import DONE, Outcome
from handlers import HANDLERS

FACTS = [events.MailArrived, events.SweepFinished, events.ClockStruck, events.CommandGiven]


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_cannot_be_changed_after_it_happened(fact):
    assert fact.__dataclass_params__.frozen
    assert not hasattr(fact, "__dict__") or "__slots__" in vars(fact)


@pytest.mark.parametrize("fact", FACTS)
def test_somebody_answers_to_every_fact(fact):
    assert fact in HANDLERS


def test_an_item_is_done_unless_a_handler_says_otherwise():
    assert Outcome() == DONE
    with pytest.raises(dataclasses.FrozenInstanceError):
        DONE.state = "held"
