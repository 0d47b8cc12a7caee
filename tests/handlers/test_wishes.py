"""What a wish must hold before anything is done about it."""

import pytest
from playbook_cast import SILENCE

from bridge.errors import UserError
from handlers.wishes import Wish, find_ballot


def wish(desk, **given):
    return Wish(
        tx=desk.tx,
        context=desk.context,
        listed=desk.listed,
        key="$wish",
        arguments=given.pop("arguments", {}),
        **given,
    )


def test_a_reason_is_asked_for_with_the_right_form(desk):
    assert wish(desk, arguments={"reason": " two  words "}).reason("!x") == "two words"
    with pytest.raises(UserError, match='Write !x reason="…"'):
        wish(desk, arguments={"reason": "  "}).reason("!x")


def test_who_asks_must_be_known(desk):
    assert wish(desk, chair="nadia").is_chair() == "nadia"
    with pytest.raises(UserError, match="--as"):
        wish(desk).is_chair()


@pytest.mark.parametrize(
    ("who", "called"),
    [
        ("nadia", "the chair"),
        ("oskar", "Oskar Example, a facilitator of the list"),
        ("gone", "gone, a facilitator of the list"),
    ],
)
def test_another_facilitator_is_not_called_the_chair(desk, who, called):
    ballot = desk.opened(SILENCE).ballot
    assert wish(desk, chair=who).asked_by(ballot) == called


def test_the_only_ballot_that_goes_on_is_meant(desk):
    desk.opened(SILENCE)
    assert wish(desk).row() == find_ballot(desk.tx, desk.listed, {})
