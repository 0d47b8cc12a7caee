import pytest
from playbook_cast import CLOSES_AT, OSKAR, SILENCE, STRANGER, Mail

from bridge.ids import EventId
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
    told = [key.split(":")[2].split("/")[0] for key in desk.letters("told:1:")]
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
    assert desk.letters("told:1:hold") == ["told:1:hold_used/1:@oskar:hs.test"]
    assert desk.count().hold == (1 if between == "still running" else 0)


@pytest.mark.parametrize("key", ["mxc://hs.test/plus", ":+1:", "❤", "👏"])
def test_what_is_no_sign_is_told_once_and_counts_for_nothing(desk, key):
    desk.opened(SILENCE)
    for number in range(3):
        tap(desk, OSKAR, key, f"${number}")
    assert desk.letters("told:1:") == ["told:1:not_an_option/1:@oskar:hs.test"]
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


def changed(desk, text: str, number: int) -> None:
    """Let the chair give the ballot another text, with a card of its own: ``$card2``."""
    desk.posted(Mail(f"text{number}", text), f"$text{number}")
    desk.chair("amend b/1 substantive", f"$amend{number}", reply_to=EventId(f"$text{number}"))
    desk.event(f"$card{number}", "card", 1)


def test_a_tap_on_each_old_card_is_told_under_each_new_text(desk):
    desk.opened(SILENCE)
    changed(desk, "Another text.", 2)
    for number in range(2):
        desk.taps(OSKAR, "✅", f"$lost{number}")
    changed(desk, "A third text.", 3)
    for card in ("$card", "$card2", "$card2"):
        desk.taps(OSKAR, "✅", f"$late{card}", on=card)
    told = desk.letters("told:1:old_version")
    assert told == ["told:1:old_version/2:@oskar:hs.test", "told:1:old_version/3:@oskar:hs.test"]


def test_a_tap_masked_by_a_second_objection_is_told_again(desk):
    desk.opened(SILENCE)
    for number in range(2):
        desk.now += 1_000
        desk.says(OSKAR, "!object No.", f"$object{number}", thread_root="$card")
        desk.now += 1_000
        for again in range(2):
            desk.taps(OSKAR, "⚪", f"$tap{number}{again}")
        desk.now += 1_000
        desk.says(OSKAR, "!withdraw", f"$withdraw{number}", thread_root="$card")
    assert len(desk.letters("told:1:objection_masks_a_tap/")) == 2


def test_a_second_reservation_without_words_is_asked_for_them_too(desk):
    desk.opened(SILENCE)
    for number in range(2):
        tap(desk, OSKAR, "📝", f"$memo{number}")
        desk.now += 1_000
        redaction_seen(
            desk.removed(OSKAR, f"$memo{number}", f"$gone{number}"), desk.tx, desk.context
        )
        desk.now += 1_000
    assert len(desk.letters("told:1:words_missing/")) == 2


def test_a_hand_taken_away_leaves_the_objection_in_words_and_that_is_told(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✋", "$hand")
    desk.now += 1_000
    desk.says(OSKAR, "!object It is too short.", "$words", thread_root="$card")
    desk.now += 1_000
    for _ in range(2):
        redaction_seen(desk.removed(OSKAR, "$hand", "$gone"), desk.tx, desk.context)
    assert "your objection still stands" in desk.told()[-1]
    assert len(desk.letters("told:1:still_objects:")) == 1
    assert desk.count().object == 1


def test_a_hand_taken_away_that_was_the_objection_leaves_none(desk):
    desk.opened(SILENCE)
    desk.taps(OSKAR, "✋", "$hand")
    desk.now += 1_000
    redaction_seen(desk.removed(OSKAR, "$hand", "$gone"), desk.tx, desk.context)
    assert desk.letters("told:1:still_objects:") == []
    assert "Your objection is lifted" in desk.told()[-1]
