import pytest
from playbook_cast import CLOSES_AT, OSKAR, SILENCE, STRANGER

from handlers.reactions import reaction_seen, redaction_seen


def tap(desk, who, key: str, name: str) -> None:
    reaction_seen(desk.tapped(who, "$card", key, name), desk.tx, desk.context)


@pytest.mark.parametrize(
    ("who", "keys", "reasons"),
    [
        (OSKAR, "✅", []),
        (OSKAR, "🎉🎈", ["not_an_option"]),
        (STRANGER, "✅✋", ["not_on_the_roll"]),
        (OSKAR, "📝", ["words_missing"]),
        (OSKAR, "✅⚪", ["shows_several"]),
        (OSKAR, "✋", ["objected"]),
    ],
)
def test_people_are_told_what_they_could_not_see_and_nothing_else(desk, who, keys, reasons):
    desk.opened(SILENCE)
    for number, key in enumerate(keys):
        tap(desk, who, key, f"${number}")
    told = [key.split(":")[2] for key in desk.letters("told:1:")]
    assert told == reasons


def test_who_is_late_is_told(desk):
    desk.opened(SILENCE)
    desk.now = CLOSES_AT + 1
    tap(desk, OSKAR, "✅", "$1")
    assert desk.letters("told:1:late")


def test_who_took_back_the_only_sign_is_told(desk):
    desk.opened(SILENCE)
    tap(desk, OSKAR, "✅", "$1")
    redaction_seen(desk.removed(OSKAR, "$1"), desk.tx, desk.context)
    assert desk.letters("told:1:no_position_left")


def test_who_asks_again_for_time_they_had_and_took_back_is_told(desk):
    desk.opened(SILENCE)
    tap(desk, OSKAR, "✅", "$yes")
    tap(desk, OSKAR, "⏳", "$wait")
    redaction_seen(desk.removed(OSKAR, "$wait"), desk.tx, desk.context)
    assert not desk.letters("told:1:hold_used")
    desk.now += 1_000
    tap(desk, OSKAR, "⏳", "$again")
    assert desk.letters("told:1:hold_used")
    assert desk.count().hold == 0


@pytest.mark.parametrize(
    ("rule", "says"),
    [("silence", "pauses the adoption"), ("threshold", "You are recorded as objecting")],
)
def test_an_objector_is_told_what_the_objection_does(desk, rule, says):
    desk.opened(SILENCE.replace("silence", rule))
    desk.taps(OSKAR, "✋", "$hand")
    assert says in desk.told()[-1]
