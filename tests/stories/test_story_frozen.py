"""After its announcement no input changes a ballot's result, to the byte (spec 2.11, 5).

A ballot is played to its end and announced. Then everything that can come in comes in, and after
each thing the result is the same bytes: the mail on the list, the log up to what the mail printed
as its head, all of the export's manifest and of the page that says the result.

What may change, and why:

* the log grows, and with it its head and the numbers of rows that came late, were rejected or are
  acts of the chair: every input is written down, and none of these rows counts;
* the late register, with a mail a week: answers after the close are kept and told (2.2);
* a correction: it mends the words of the mail, as another mail; the count stays (2.2);
* a name that leaves a sign-on list is marked "withdrawn" beside the list of those who signed (2.6);
* an appeal stands beside what the chair declared, and changes nothing of it (2.5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
from playbook import Playbook
from playbook_cast import (
    CHAIR,
    CLOSES,
    CLOSES_AT,
    LIST_ID,
    MEMBERS,
    MODERATOR,
    OSKAR,
    PRIYA,
    QUENTIN,
    REQUEST,
    ROSA,
    SAMI,
    STRANGER,
    TOMOKO,
    Mail,
    list_copy,
)

from bridge import recount
from bridge.domain.ballots import State
from bridge.domain.roster import Roster
from bridge.export import Record, count, export_files, read_record
from bridge.export_files import PUBLIC, write_folder
from bridge.ids import BallotId, EventId
from bridge.intake import EventIntake
from bridge.matrix.transactions import parse_transaction
from bridge.store import ballots
from bridge.store.database import Reading
from bridge.sweeping import Card, sweep_card
from bridge.web.pages import page
from handlers.verbs import VERBS

MINUTE = 60_000
HOUR = 60 * MINUTE
GROWS = ("late", "rejected", "rows", "rulings")
"""What came in goes on coming in; none of it is counted."""
ASKED = {
    "silence": f'!ballot open rule=silence roster=pc closes="{CLOSES}"',
    "threshold": f'!ballot open rule=threshold roster=pc closes="{CLOSES}" blocking=yes',
    "rough": '!ballot open rule=rough roster=pc closes="2025-11-05 08:00 UTC"',
    "signon": f'!ballot open rule=signon roster=pc closes="{CLOSES}"',
    "sense": f'!ballot open rule=sense roster=pc closes="{CLOSES}"',
}
REASON = 'reason="It is wrong."'
GIVEN = {
    "extend": f'until="2025-12-20 08:00 UTC" {REASON}',
    "address": "person=quentin link=https://lists.example.org/pc/2025-Nov/0415.html",
    "overrule": f"person=quentin {REASON}",
    "setaside": "person=quentin",
    "void": f"person=oskar {REASON}",
    "admit": f"person=sami {REASON}",
    "declare": "level=divergence",
    "withdraw": REASON,
    "correct": REASON,
}
"""Verb -> what it is told; the others need nothing."""
NEW = Mail("new", "Consultations must be announced sixty days ahead.\n", "Re: it", "nadia")
Result = Mapping[str, object]
Kept = Mapping[str, EventId]


async def announced(book: Playbook, mode: str) -> Kept:
    """Play a ballot to its end, with answers of every kind; return what its members showed."""
    await book.opens(ASKED[mode])
    kept = {"yes": await book.taps(OSKAR), "also": await book.taps(TOMOKO)}
    kept["hand"] = await book.taps(PRIYA, "✋")
    await book.later(hours=1)
    kept["written"] = await book.says(PRIYA, "!noobjection", thread=book.card)
    kept["reserved"] = await book.says(ROSA, "!reserve Point 2 must go.", thread=book.card)
    await book.later(minutes=1)
    kept["stands"] = await book.says(ROSA, "!yes", thread=book.card)
    await book.taps(STRANGER)
    await book.at((await book.ballot()).deadline.instant + 20 * MINUTE)
    if mode == "rough":
        await book.chairs("declare b/1 level=consensus")
    await book.says(CHAIR, "confirm", thread=book.card)
    await book.listed()
    assert (await book.ballot()).state is State.ANNOUNCED
    return kept | {"card": book.card}


async def record_of(book: Playbook) -> Record:
    def look(conn: Reading) -> Record:
        row = ballots.ballot_by_id(conn, BallotId(1))
        assert row is not None
        return read_record(conn, row, book.clock())

    return await book.read(look)


def results(book: Playbook) -> list[str]:
    return [one for one in book.mails if "\r\nSubject: [RESULT]" in one]


def head_in(mail: str) -> str:
    found = re.search(r"head of the log\r\n  ([0-9a-f]{64})\r\n", mail)
    assert found is not None
    return found[1]


async def result_of(book: Playbook) -> Result:
    """Return every byte that says the result."""
    record, mails = await record_of(book), results(book)
    head = head_in(mails[0])
    told = next(act.seq for act in record.acts if act.hash == head)
    found: dict[str, object] = {"mails": mails, "outcome": (await book.ballot()).outcome}
    for names in (False, True):
        files = export_files(record, with_names=names)
        found |= {f"manifest {names}": frozen_manifest(files["manifest.json"])}
        found |= {f"{name} {names}": files[name] for name in ("README.txt", "recount.py")}
        found[f"acts {names}"] = files["acts.jsonl"].splitlines(keepends=True)[:told]
    found["words"] = [
        line for line in files["personal.jsonl"].splitlines() if json.loads(line)["seq"] <= told
    ]
    return found | {"page": frozen_page(page(record, count(record), "mark").decode())}


def frozen_manifest(raw: bytes) -> str:
    """Return a manifest without its head, and without the numbers of what does not count."""
    manifest = json.loads(raw)
    del manifest["head"]
    for name in GROWS:
        del manifest["count"]["came_in"][name]
    return json.dumps(manifest, sort_keys=True)


def frozen_page(html: str) -> str:
    """Return a page without its log, the log's head, the late register, and what was added."""
    html = re.sub(
        r'<section aria-labelledby="(late|log)">.*?</section>\n', "", html, flags=re.DOTALL
    )
    html = re.sub(r'<li><a href="#late">.*?</li>\n', "", html)
    html = re.sub(r"<dt>Head of the log</dt>.*?</dd>", "", html)
    added = "<dt>(Corrected|Late register|Appealed|Withdrawn)</dt>.*?</dd>\n?"
    return re.sub(added, "", html, flags=re.DOTALL)


def says_the_same(now: Result, before: Result) -> None:
    for name in before:
        assert now[name] == before[name], name
    assert len(now["mails"]) == 1  # type: ignore[arg-type]


# -- everything that can come in


async def late_taps_and_words(book: Playbook, kept: Kept) -> None:
    for who, key in ((SAMI, "✅"), (QUENTIN, "✋"), (OSKAR, "✋"), (STRANGER, "✋"), (ROSA, "❤")):
        await book.taps(who, key, on=kept["card"])
    said = ("!object Too late?", "!endorse", "!hold", "!recuse", "!confirm", "!contest No.", "!no")
    for who in MEMBERS:
        await book.says(who, "!appeal We were away.", thread=kept["card"])
    for words in (*said, "!receipt", "+1"):
        for who in (TOMOKO, QUENTIN, STRANGER):
            await book.says(who, words, thread=kept["card"])


async def answers_taken_back(book: Playbook, kept: Kept) -> None:
    for who in (OSKAR, PRIYA, ROSA, QUENTIN):
        await book.says(who, "!withdraw", thread=kept["card"])
    for who, what in ((OSKAR, "yes"), (PRIYA, "hand"), (PRIYA, "written"), (ROSA, "reserved")):
        await book.removes(who, kept[what])


async def a_moderator_removes_what_there_is(book: Playbook, kept: Kept) -> None:
    ours = [one["event_id"] for one in book.messages]
    for event in (*kept.values(), *ours):
        await book.removes(MODERATOR, event)
    await book.later(hours=1)


async def edits(book: Playbook, kept: Kept) -> None:
    for who, what in ((PRIYA, kept["written"]), (ROSA, kept["reserved"]), (CHAIR, kept["card"])):
        content = {
            "msgtype": "m.text",
            "body": "* !object It is wrong.",
            "m.new_content": {"msgtype": "m.text", "body": "!object It is wrong."},
            "m.relates_to": {"rel_type": "m.replace", "event_id": what},
        }
        book.homeserver._append(book.room_id, who, "m.room.message", content)
        await book.quiet()


async def every_event_again(book: Playbook, kept: Kept) -> None:
    """The homeserver pushes all it has in one more transaction, and in the other order."""
    for events in (list(book.room.timeline), list(reversed(book.room.timeline))):
        raw = json.dumps({"events": events}).encode()
        for _ in range(2):
            await EventIntake(book.store)(parse_transaction(raw))
        await book.quiet()


async def every_mail_again(book: Playbook, kept: Kept) -> None:
    for raw in [REQUEST.raw, *(one.raw for one in book.smtp.delivered)]:
        await book.receive(list_copy(raw, copy=7))
        await book.receive(raw.replace(b"ENDORSE", b"REJECT").replace(b"endorse", b"object"))


async def mails_that_answer(book: Playbook, kept: Kept) -> None:
    result = results(book)[0].partition("Message-ID: <")[2].partition(">")[0]
    for number, words in enumerate(("OBJECT: no", "WITHDRAW", "NOT ME", "ENDORSE")):
        headers = (f"In-Reply-To: <{result}>",)
        await book.post(Mail(f"answer{number}", f"{words}\n", author="oskar", headers=headers))
    forged = Mail("forged", "It is NOT endorsed.\n", "[RESULT] Joint statement", "oskar")
    await book.receive(forged.raw.replace(str(forged.message_id).encode(), result.encode()))


async def every_verb(book: Playbook, kept: Kept) -> None:
    await book.post(NEW)
    new = await book.event_of(NEW)
    for verb in VERBS:
        for who in (CHAIR, STRANGER):
            await book.chairs(f"{verb} b/1 {GIVEN.get(verb, '')}", who)
    for label in ("editorial", "substantive"):
        await book.chairs(f"amend b/1 {label} confirm=yes reason=x", reply_to=new)
    await book.chairs(
        'open rule=silence closes="2025-12-03 08:00 UTC" supersedes=b/1', reply_to=new
    )
    await book.says(CHAIR, "confirm", thread=kept["card"])
    await book.taps(CHAIR, "✅", on=book.preview)
    await book.listed()


async def sweeps(book: Playbook, kept: Kept) -> None:
    """Nobody asks for a sweep of an announced ballot; one that was under way may still end."""
    book.homeserver.react(book.room_id, SAMI, kept["card"], "✋")
    book.homeserver.take_transaction()
    card = Card(BallotId(1), LIST_ID, book.room_id, kept["card"])
    for _ in range(2):
        await sweep_card(book.store, book.homeserver, card, book.clock)
        await book.quiet()


async def days_and_a_clock_set_back(book: Playbook, kept: Kept) -> None:
    for days in (1, 7, 30):
        await book.later(days=days)
    now = book.clock.value
    for earlier in (CLOSES_AT - HOUR, CLOSES_AT - 1, CLOSES_AT, CLOSES_AT + 1):
        book.clock.value = earlier
        await book.taps(SAMI, "✋", on=kept["card"])
        await book.says(TOMOKO, "!object Now?", thread=kept["card"])
        await book.quiet()
    await book.at(now + 1)


async def the_roster_is_another(book: Playbook, kept: Kept) -> None:
    """Everybody has another name, and nobody is on any roll; the ballot has its own."""
    known = book.config.people
    named = {who: replace(person, name=f"Another {who}") for who, person in known.people.items()}
    others = Roster(named, known.organisations, rosters={})
    book.config = book.config.model_copy(update={"people": others})
    await starts_again(book, kept)


async def starts_again(book: Playbook, kept: Kept) -> None:
    for _ in range(2):
        await book.restart()
        await book.later(hours=3)
        await book.taps(QUENTIN, "✋", on=kept["card"])


INPUTS: tuple[Callable[[Playbook, Kept], Awaitable[None]], ...] = (
    late_taps_and_words,
    edits,
    every_event_again,
    every_mail_again,
    mails_that_answer,
    sweeps,
    answers_taken_back,
    days_and_a_clock_set_back,
    starts_again,
    the_roster_is_another,
    every_verb,
    a_moderator_removes_what_there_is,
)


@pytest.mark.parametrize(
    ("engine_name", "mode"), [*(("sqlite", mode) for mode in ASKED), ("postgresql", "rough")]
)
async def test_no_input_changes_a_byte_of_an_announced_result(begin, mode, tmp_path):
    book = await begin()
    kept = await announced(book, mode)
    before, acts = await result_of(book), len((await record_of(book)).acts)
    says_the_same(before, before)
    for number, happens in enumerate((*INPUTS, every_event_again)):
        await happens(book, kept)
        says_the_same(await result_of(book), before)
        record = await record_of(book)
        folder = tmp_path / f"{number}"
        write_folder(folder, export_files(record, with_names=True), mode=PUBLIC)
        assert recount.recount(folder, head_in(results(book)[0]))[1] == [], happens.__name__
    assert len((await record_of(book)).acts) > acts + 10
    told = [one.partition("Subject: ")[2].partition(" ")[0] for one in book.mails]
    after = set(told[told.index("[RESULT]") + 1 :])
    assert {"[CORRECTION]", "[LATE"} <= after <= {"[CORRECTION]", "[LATE", "[APPEAL]"}
