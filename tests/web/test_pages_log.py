"""A long log is whole, in files that stay as they are while it grows."""

from dataclasses import replace
from itertools import pairwise

import pytest
from ballot_samples import ballot
from domain.ledgers import draft, rule_on
from histories import record_of

from bridge.domain.acts import Door
from bridge.export import count
from bridge.web.pages_folder import write_page
from bridge.web.pages_log import SIZE, linked, names_mark, newest, part_mark, parts

ACTS = [draft("ben", Door.CHAT, "endorse", at=n, source=f"${n}") for n in range(1, 3 * SIZE + 2)]


@pytest.mark.parametrize("total", [0, 1, SIZE, 2 * SIZE - 1, 2 * SIZE, 7 * SIZE + 3, 100_000])
def test_every_entry_stands_in_one_file_or_on_the_page(total):
    found = parts(total)
    assert [part.first for part in found] == [1, *(part.last + 1 for part in found)][: len(found)]
    left = total - (found[-1].last if found else 0)
    assert left < 2 * SIZE
    assert left == total or left >= SIZE
    assert [part.is_newest for part in found] == [False] * (len(found) - 1) + [True] * bool(found)


@pytest.mark.parametrize("files", [1, 2, 20, 21, 399])
def test_many_files_are_linked_to_evenly_and_the_newest_always(files):
    found = linked(parts((files + 1) * SIZE))
    assert found[0].number == 1
    assert found[-1].is_newest
    assert len(found) <= 21
    assert len({after.number - before.number for before, after in pairwise(found[:-1])}) <= 1


def test_the_page_and_the_files_together_are_the_log(tmp_path):
    write_page(tmp_path, record_of(ballot(), ACTS), "s")
    files = [*sorted((tmp_path / "b" / "1-log").iterdir()), tmp_path / "b" / "1.html"]
    assert [each.name for each in files] == ["1.html", "2.html", "1.html"]
    numbers = [
        int(piece.partition('"')[0])
        for each in files
        for piece in each.read_text("utf-8").split('id="row-')[1:]
    ]
    assert numbers == list(range(1, len(ACTS) + 1))
    assert all(each.stat().st_size < 200_000 for each in files)


def test_an_entry_more_leaves_full_files_as_they_are(tmp_path):
    def written(acts):
        write_page(tmp_path, record_of(ballot(), acts), "s")
        found = (tmp_path / "b" / "1-log").iterdir()
        return {each.name: (each.stat().st_ino, each.read_bytes()) for each in found}

    first, second = written(ACTS[: 2 * SIZE]), written(ACTS[: 3 * SIZE - 1])
    assert first == second
    third = written(ACTS[: 3 * SIZE])
    # A new file; and the one before it leads there, not to the ballot's page.
    assert set(third) == {"1.html", "2.html"}
    assert b'href="2.html"' in third["1.html"][1]
    fourth = written(ACTS)
    assert fourth == third
    restored = written(ACTS[: 2 * SIZE])
    assert set(restored) == {"1.html"}
    assert restored["1.html"][1] == first["1.html"][1]


def test_a_file_is_written_again_when_an_entry_in_it_is_voided_or_a_name_is_erased():
    record = record_of(ballot(), ACTS)
    first, second = parts(len(record.acts))

    def marks(one):
        names = names_mark(one)
        return [part_mark(one, count(one), part, names) for part in (first, second)]

    before = marks(record)
    voided = marks(record_of(ballot(), [*ACTS, rule_on("void", ACTS[3], at=4000)]))
    assert [a == b for a, b in zip(before, voided, strict=True)] == [False, True]
    members = tuple(replace(one, name="") for one in record.ballot.roster.members)
    erased = ballot(roster=replace(record.ballot.roster, members=members))
    assert all(a != b for a, b in zip(before, marks(record_of(erased, ACTS)), strict=True))


def test_a_page_shows_a_short_log_whole():
    assert list(newest(ACTS[:499])) == ACTS[:499]
    assert len(newest(ACTS[:500])) == SIZE
