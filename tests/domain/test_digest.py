"""What is new between two counts, and when a digest is due."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from ballot_samples import ballot
from domain.ledgers import DEADLINE, amend, ledger, react, roll, rule_on, unreact, write
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.ballots import statement_text
from bridge.domain.digest import Changes, Lapse, What, changes, due_day, may_be_news, objection_news
from bridge.domain.rules import Rule
from bridge.domain.tally import tally
from bridge.ids import Instant

SILENCE = Rule(mode="silence")
NOTHING = Changes((), (), (), (), 0)


def counted(acts):
    return tally(acts, roster=roll(), rule=SILENCE, proposer=None, at=DEADLINE)


def between(acts, upto):
    """The counts of a ledger's beginning and of all of it."""
    chained = ledger(*acts)
    return counted(chained[:upto]), counted(chained)


def summary(found):
    return (found.new, found.changed, tuple(o.person_ref for o in found.objected), found.withdrew)


CHANGES = [
    ([react("ada", "✅", at=1)], 0, ((("ada", "endorse"),), (), (), ())),
    ([react("ada", "✅", at=1)], 1, ((), (), (), ())),
    (
        [react("ada", "✅", at=1), react("ada", "⚪", at=2)],
        1,
        ((), (("ada", "endorse", "abstain"),), (), ()),
    ),
    ([react("ada", "✅", at=1), unreact("ada", 1, at=2)], 1, ((), (), (), ("ada",))),
    ([react("ada", "✅", at=1), unreact("ada", 1, at=2)], 0, ((), (), (), ())),
    ([react("ada", "✅", at=1), react("ada", "✋", at=2)], 1, ((), (), ("ada",), ())),
    ([react("ada", "✋", at=1), write("ada", "endorse", at=2)], 1,
     ((), (("ada", "object", "endorse"),), (), ())),
    ([react("ada", "✋", at=1), react("ben", "✅", at=2)], 1, ((("ben", "endorse"),), (), (), ())),
    ([react("ada", "📝", at=1), write("ada", "reserve", at=2, with_text=True)], 1,
     ((), (("ada", "reserve_without_words", "reserve"),), (), ())),
    ([write("ada", "recuse", at=1)], 0, ((("ada", "recuse"),), (), (), ())),
]  # fmt: skip


@pytest.mark.parametrize(("acts", "upto", "expected"), CHANGES)
def test_each_person_is_new_or_changed_or_objects_or_withdrew(acts, upto, expected):
    assert summary(changes(*between(acts, upto))) == expected


def test_an_objection_lifted_and_raised_again_is_new():
    acts = [
        react("ada", "✋", at=1),
        write("ada", "endorse", at=2),
        write("ada", "object", at=3, with_text=True),
    ]
    assert [one.person_ref for one in changes(*between(acts, 1)).objected] == ["ada"]


YES = react("ada", "✅", at=1)
LAPSES = [
    ("the text changed", Lapse.UNCONFIRMED, [YES, amend("substantive", 2, at=2)]),
    ("the chair set it aside", Lapse.VOIDED, [YES, rule_on("void", YES, at=2)]),
    ("the time asked for is over", Lapse.HOLD_OVER, [react("ada", "⏳", at=1)]),
]


@pytest.mark.parametrize(("why", "acts"), [one[1:] for one in LAPSES], ids=[o[0] for o in LAPSES])
def test_nobody_is_said_to_have_withdrawn_who_has_not(why, acts):
    chained = ledger(*acts)
    given = {"roster": roll(), "rule": SILENCE, "proposer": None}
    before = tally(chained[:1], **given, at=Instant(2_000))
    a_day_later = Instant(2_000 + SILENCE.hold * 1_000)
    found = changes(before, tally(chained, **given, at=a_day_later))
    assert (found.withdrew, found.lapsed) == ((), ((why, "ada"),))
    assert found


def test_what_is_not_counted_is_a_change_too():
    acts = [react("zoe", "✅", at=1, on_roll=False)]
    found = changes(*between(acts, 0))
    assert (found.refused, bool(found)) == (1, True)
    assert not changes(*between(acts, 1))


PEOPLE = st.sampled_from(["ada", "ben", "cem"])
ACTS = st.lists(st.tuples(PEOPLE, st.sampled_from(["✅", "✋", "⚪", "📝", "🆗"])), max_size=12)


@given(ACTS, st.integers(0, 12))
def test_whoever_is_named_is_named_once_and_nobody_is_passed_over(taps, upto):
    before, after = between([react(p, key, at=n) for n, (p, key) in enumerate(taps)], upto)
    found = changes(before, after)
    named = [
        *(person for person, _ in found.new),
        *(person for person, _, _ in found.changed),
        *(one.person_ref for one in found.objected),
        *found.withdrew,
        *(person for _, person in found.lapsed),
    ]
    assert len(named) == len(set(named))
    others = {p for p in before.positions.keys() | after.positions.keys() if p not in named}
    for person in others:
        was, now = before.positions[person], after.positions[person]
        assert (was.position, was.text_given) == (now.position, now.text_given)
    assert changes(after, after) == NOTHING


NEWS = [
    ("a raised hand", [react("ada", "✋", at=1)], 0, [("raised", "ada")]),
    ("nothing new", [react("ada", "✋", at=1)], 1, []),
    (
        "the hand goes down",
        [react("ada", "✋", at=1), unreact("ada", 1, at=2)],
        1,
        [("lifted", "ada")],
    ),
    (
        "up and down between two notices",
        [react("ada", "✋", at=1), unreact("ada", 1, at=2)],
        0,
        [("passed", "ada")],
    ),
    (
        "the reason follows",
        [react("ada", "✋", at=1), write("ada", "object", at=2, with_text=True)],
        1,
        [("reasoned", "ada")],
    ),
    (
        "hand and reason between two notices",
        [react("ada", "✋", at=1), write("ada", "object", at=2, with_text=True)],
        0,
        [("raised", "ada")],
    ),
    (
        "the reason follows, and then an endorsement",
        [
            react("ada", "✋", at=1),
            write("ada", "object", at=2, with_text=True),
            write("ada", "endorse", at=3),
        ],
        1,
        [("lifted", "ada")],
    ),
    (
        "a second objection after a lifted one",
        [react("ada", "✋", at=1), unreact("ada", 1, at=2), react("ada", "🛑", at=3)],
        2,
        [("raised", "ada")],
    ),
    (
        "five people",
        [react(person, "✋", at=n) for n, person in enumerate(("ada", "ben", "cem", "dia", "eve"))],
        1,
        [("raised", person) for person in ("ben", "cem", "dia", "eve")],
    ),
    (
        "a removal that its server dates before the reaction",
        [react("ada", "✋", at=5), unreact("ada", 5, at=4)],
        1,
        [("lifted", "ada")],
    ),
]


@pytest.mark.parametrize(
    ("acts", "upto", "expected"), [n[1:] for n in NEWS], ids=[n[0] for n in NEWS]
)
def test_a_notice_tells_each_objection_once(acts, upto, expected):
    found = objection_news(*between(acts, upto))
    assert [(one.what.value, one.objection.raised_by.person_ref) for one in found] == expected


@given(ACTS, st.integers(0, 12))
def test_notices_leave_no_objection_untold(taps, upto):
    before, after = between([react(p, key, at=n) for n, (p, key) in enumerate(taps)], upto)
    raised = {
        one.objection.raised_by.person_ref
        for one in objection_news(before, after)
        if one.what is What.RAISED
    }
    known = {one.raised_by.person_ref for one in before.open_objections}
    assert {one.raised_by.person_ref for one in after.open_objections} == raised | known


@pytest.mark.parametrize(
    ("rule", "is_amended", "told"),
    [
        (SILENCE, False, True),
        (Rule(mode="threshold", blocking=True), False, True),
        (Rule(mode="threshold"), False, False),
        (Rule(mode="threshold"), True, True),
        (Rule(mode="sense"), True, False),
    ],
)
def test_objections_are_news_where_they_can_stand_in_the_way(rule, is_amended, told):
    earlier = (statement_text("before"),) if is_amended else ()
    assert may_be_news(ballot(rule=rule, earlier=earlier)) is told


ZURICH = ZoneInfo("Europe/Zurich")


def at(written, zone=UTC):
    return Instant(round(datetime.fromisoformat(written).replace(tzinfo=zone).timestamp() * 1000))


@pytest.mark.parametrize(
    ("clock", "now", "day"),
    [
        (time(18), at("2025-11-01 16:59:59"), None),
        (time(18), at("2025-11-01 17:00"), "2025-11-01"),
        (time(18), at("2025-11-01 22:59:59"), "2025-11-01"),
        (time(18), at("2025-11-01 23:00"), None),
        (time(0), at("2025-11-01 23:00"), "2025-11-02"),
        # On 30 March 2025 02:00 was 03:00 in Zurich: 02:30 never was, 03:30 stood in its place.
        (time(2, 30), at("2025-03-30 01:29"), None),
        (time(2, 30), at("2025-03-30 01:30"), "2025-03-30"),
        # On 26 October 2025 it was 02:30 twice.
        (time(2, 30), at("2025-10-26 00:29"), None),
        (time(2, 30), at("2025-10-26 00:30"), "2025-10-26"),
        (time(2, 30), at("2025-10-26 01:30"), "2025-10-26"),
    ],
)
def test_a_digest_is_due_from_its_local_time_to_the_end_of_its_day(clock, now, day):
    assert due_day(clock, ZURICH, now) == day


@given(
    st.integers(1_700_000_000, 1_900_000_000),
    st.times(),
    st.sampled_from(["Europe/Zurich", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "UTC"]),
)
def test_a_digest_is_due_on_no_day_but_today(now, clock, zone):
    instant = Instant(now * 1000)
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date().isoformat()
    assert due_day(clock.replace(microsecond=0), ZoneInfo(zone), instant) in {None, today}


def test_what_the_chair_did_since_is_news_and_what_was_told_is_none():
    objected = write("ada", "object", at=1)
    acts = [objected, rule_on("address", objected, at=2), rule_on("extend", "9999", at=3)]
    assert changes(*between(acts, 3)).ruled == ()
    assert [one.position for one in changes(*between(acts, 2)).ruled] == ["extend"]
    assert changes(*between(acts, 2))
    assert not changes(*between([*acts, rule_on("stop", "", at=4)], 3))
