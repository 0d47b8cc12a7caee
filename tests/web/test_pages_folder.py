"""Which ballots have a page, when it is written again, and what is removed."""

from dataclasses import replace

import pytest
from ballot_samples import ballot
from domain.ledgers import draft
from histories import random_record, record_of
from test_export import small

from bridge.domain.acts import Door
from bridge.domain.ballots import State
from bridge.ids import BallotId, Instant, ListId
from bridge.store.ballots import BallotStamp
from bridge.web.pages_folder import (
    PAUSE_MS,
    Written,
    has_page,
    is_due,
    remove_others,
    stamp_of,
    write_page,
)

PC = ListId("pc.lists.example.org")
STAMP = BallotStamp(BallotId(1), PC, State.OPEN, was_shown=True, digest="d")
KNOWN = Written("d", State.OPEN, Instant(0))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, True),
        ({"list_id": ListId("private.lists.example.org")}, False),
        ({"state": State.DRAFT, "was_shown": False}, False),
        ({"state": State.LOCKED}, True),
        ({"state": State.WITHDRAWN}, True),
        ({"state": State.WITHDRAWN, "was_shown": False}, False),
        ({"state": State.ANNOUNCED}, True),
    ],
)
def test_only_what_was_put_to_a_public_list_has_a_page(changes, shown):
    assert has_page(replace(STAMP, **changes), {PC}) is shown


@pytest.mark.parametrize(
    ("changes", "known", "now", "due"),
    [
        ({}, None, 0, True),
        ({}, KNOWN, PAUSE_MS * 9, False),
        ({"digest": "e"}, KNOWN, PAUSE_MS - 1, False),
        ({"digest": "e"}, KNOWN, PAUSE_MS, True),
        ({"digest": "e", "state": State.CLOSED}, KNOWN, 1, True),
        ({}, replace(KNOWN, again_at=Instant(PAUSE_MS)), PAUSE_MS, True),
        ({}, replace(KNOWN, again_at=Instant(PAUSE_MS * 2)), PAUSE_MS, False),
    ],
)
def test_counts_are_written_once_a_minute_and_a_new_state_at_once(changes, known, now, due):
    assert is_due(replace(STAMP, **changes), known, Instant(now)) is due


def test_another_layout_or_instant_is_another_stamp():
    assert stamp_of(STAMP) == stamp_of(STAMP)
    assert stamp_of(STAMP) != stamp_of(STAMP, Instant(5))


def test_a_page_is_written_with_its_export_and_not_twice(tmp_path):
    assert write_page(tmp_path, small(), "s")
    assert not write_page(tmp_path, small(), "s")
    files = {each.name for each in (tmp_path / "b" / "1").iterdir()}
    assert files == {"README.txt", "acts.jsonl", "manifest.json", "recount.py"}
    assert (tmp_path / "b" / "1.html").stat().st_mode & 0o777 == 0o644
    (tmp_path / "b" / "1.html").unlink()
    assert write_page(tmp_path, small(), "s")
    assert write_page(tmp_path, random_record(4), "t")


def test_what_may_not_stay_is_removed_and_what_is_not_ours_is_left(tmp_path):
    write_page(tmp_path, small(), "s")
    (tmp_path / "b" / "2.html").write_text("somebody's own page")
    (tmp_path / "b" / "3").mkdir()
    assert remove_others(tmp_path, [BallotId(1)]) == ([], {})
    assert remove_others(tmp_path, []) == (["1", "1.html"], {})
    assert sorted(each.name for each in (tmp_path / "b").iterdir()) == ["2.html", "3"]
    assert remove_others(tmp_path / "nowhere", []) == ([], {})


def test_of_a_ballot_that_may_not_be_shown_no_byte_stays_not_even_half_written(tmp_path):
    acts = [draft("ben", Door.CHAT, "endorse", at=n, source=f"${n}") for n in range(1, 600)]
    write_page(tmp_path, record_of(ballot(title="Nobody's business"), acts), "s")
    place = tmp_path / "b"
    (place / ".1.html.0a1b2c3d").write_text("Nobody's business, cut off by a cra")
    (place / "1-log" / ".2.html.0a1b2c3d").write_text("Nobody's bus")
    for name in (".1.0a1b2c3d", ".1.0a1b2c3d.old"):
        (place / name).mkdir()
        (place / name / "manifest.json").write_text("Nobody's business")
    left = {"1-log-of-mine": "mine", ".2.html.of-mine": "mine", ".htaccess": "mine"}
    for name, content in left.items():
        (place / name).write_text(content)
    (place / "2-log").mkdir()
    (place / "2-log" / "diary.txt").write_text("mine")
    assert remove_others(tmp_path, [BallotId(1)]) == ([], {})
    gone = [".1.0a1b2c3d", ".1.0a1b2c3d.old", ".1.html.0a1b2c3d", "1", "1-log", "1.html"]
    assert remove_others(tmp_path, []) == (gone, {})
    assert {each.name for each in place.iterdir()} == {*left, "2-log"}


def test_what_cannot_be_removed_is_named_and_stops_nothing(tmp_path):
    place = tmp_path / "b"
    place.mkdir()
    # It leads to itself, so that nobody can say what is in it.
    (place / "1-log").symlink_to("1-log")
    (place / ".2.html.0a1b2c3d").symlink_to(place)
    other = replace(small().ballot, id=BallotId(3))
    write_page(tmp_path, record_of(other, []), "s")
    gone, left = remove_others(tmp_path, [])
    assert gone == [".2.html.0a1b2c3d", "3", "3.html"]
    assert list(left) == ["1-log"]
    assert place.is_dir()
