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


@pytest.mark.parametrize("between", ["taken back", "expired", "still running"])
def test_who_asks_for_more_time_again_is_told_that_it_is_given_once(desk, between):
    desk.opened(SILENCE)
    tap(desk, OSKAR, "⏳", "$1")
    assert not desk.letters("told:1:hold")
    desk.now += 1_000 if between == "still running" else 25 * 3_600_000
    if between == "taken back":
        redaction_seen(desk.removed(OSKAR, "$1"), desk.tx, desk.context)
        desk.now += 1_000
    desk.says(OSKAR, "!hold My board meets on Monday.", "$2", thread_root="$card")
    assert desk.letters("told:1:hold") == ["told:1:hold_used:@oskar:hs.test"]
    assert desk.count().hold == (1 if between == "still running" else 0)


@pytest.mark.parametrize("key", ["mxc://hs.test/plus", ":+1:", "❤", "👏"])
def test_what_is_no_sign_is_told_once_and_counts_for_nothing(desk, key):
    desk.opened(SILENCE)
    for number in range(3):
        tap(desk, OSKAR, key, f"${number}")
    assert desk.letters("told:1:") == ["told:1:not_an_option:@oskar:hs.test"]
    assert desk.count().positions == {}
    assert desk.count().not_counted == {"not_an_option": 3}


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


@pytest.mark.parametrize(
    ("rule", "says"),
    [("silence", "pauses the adoption"), ("threshold", "you are recorded as objecting")],
)
def test_an_objector_is_told_what_the_objection_does(desk, rule, says):
    desk.opened(SILENCE.replace("silence", rule))
    desk.taps(OSKAR, "✋", "$hand")
    assert says in desk.told()[-1]
