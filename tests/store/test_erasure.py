"""Erasing from the store: what goes, what stays whole for others, and what must not go yet."""

import json
from dataclasses import replace

from ballot_samples import OPENED, act, ballot
from memory_store import memory_tx
from sqlalchemy import select

from bridge.domain.ballots import Ending, State
from bridge.ids import BallotId, Instant, ListId, MessageId, PersonId, UserId
from bridge.letters import Say, mail_letter, say_letter
from bridge.ports import Envelope
from bridge.store import answers, ballots, inbox, outbox
from bridge.store.erasure import (
    Identity,
    erase,
    forget_command,
    identity_in,
    record_erasure,
    unsent_about,
)
from bridge.store.schema import erasures
from bridge.store.schema import inbox as inbox_table
from bridge.store.schema import outbox as outbox_table

ONE = BallotId(1)
BEN = UserId("@ben:hs.test")
WHOSE = Identity(PersonId("ben"), frozenset({"Ben é"}), frozenset({BEN}))
LIST = ListId("pc.lists.example.org")


def nobody(_: str) -> bool:
    return False


def say(key: str, body: str):
    return say_letter(Say(LIST, key, {"body": body, "m.mentions": {}}))


def mail(body: str):
    raw = f"Subject: [CALL]\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}".encode()
    envelope = Envelope("bridge@example.org", ("pc@example.org",), raw)
    return mail_letter(LIST, MessageId("call@example.org"), envelope, None)


def states(tx) -> dict[str, tuple[str, str]]:
    table = outbox_table.c
    rows = tx.conn.execute(select(table.key, table.state, table.payload))
    return {row.key: (row.state, row.payload) for row in rows}


def test_the_reason_of_a_withdrawal_goes_with_whoever_gave_it():
    kept = Ending(at=OPENED, was=State.OPEN, by=PersonId("ben"), reason="Ben's reason")
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(state=State.WITHDRAWN, ending=kept), None)
        by_another = replace(kept, by=PersonId("cem"), reason="Cem's")
        other = ballot(2, state=State.WITHDRAWN, ending=by_another)
        ballots.record_ballot(tx, other, None)
        assert erase(tx, WHOSE, nobody).entries == {ONE: 1}
        endings = [row.ballot.ending for row in ballots.every_ballot(tx.conn)]
        assert endings == [by_another, replace(kept, reason="")]
        assert erase(tx, WHOSE, nobody).is_nothing


def test_the_words_of_a_person_go_and_nobody_elses():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        for n, (person, user) in enumerate((("ben", BEN), ("cem", "@BEN:hs.test"))):
            done = act(person, "endorse", Instant(OPENED + n), source_id=f"${n}")
            ballots.append_act(tx, done, {"matrix": user, "words": "yes", "owner": None})
        found = erase(tx, WHOSE, nobody)
        assert found.entries == {ONE: 1}
        assert list(ballots.personal_of(tx.conn, ONE)) == [2]


def test_what_a_person_did_as_a_moderator_or_a_stranger_is_theirs_too():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        removed = act("cem", "removed", Instant(OPENED), source_id="$gone")
        ballots.append_act(tx, removed, {"matrix": BEN, "words": "", "owner": "@cem:hs.test"})
        stranger = act("?abc", "endorse", Instant(OPENED), source_id="$tap")
        ballots.append_act(tx, stranger, {"matrix": BEN, "words": "", "owner": None})
        assert erase(tx, WHOSE, nobody).entries == {ONE: 2}
        assert ballots.personal_of(tx.conn, ONE) == {}


def test_the_roll_loses_the_name_and_keeps_its_hash():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        before = ballots.stamps(tx.conn)
        hashed = ballots.ballot_by_id(tx.conn, ONE).ballot.roster.sha256
        assert erase(tx, WHOSE, nobody).rolls == (ONE,)
        roster = ballots.ballot_by_id(tx.conn, ONE).ballot.roster
        assert (roster.sha256, roster.name_of("ben")) == (hashed, "withdrawn")
        assert ballots.stamps(tx.conn) != before
        assert {"pages", "erased"} <= tx.wakes


def test_an_event_of_somebody_else_that_may_be_handled_again_stays_whole():
    with memory_tx() as tx:
        for name, sender, state in (
            ("mine", BEN, "suppressed"),
            ("bots", "@bot:hs.test", "suppressed"),
            ("done", "@cem:hs.test", "done"),
            ("waits", "@cem:hs.test", "suppressed"),
        ):
            raw = json.dumps({"sender": sender, "content": {"body": "to Ben é"}}).encode()
            inbox.add(tx, lane="list", kind="matrix", key=name, raw=raw)
            tx.conn.execute(
                inbox_table.update().where(inbox_table.c.key == name).values(state=state)
            )
        inbox.add(tx, lane="list", kind="matrix", key="new", raw=b'"to Ben \\u00e9"')
        assert erase(tx, WHOSE, lambda user: user == "@bot:hs.test").events == 3
        table = inbox_table.c
        kept = tx.conn.scalars(select(table.key).where(table.raw != b"").order_by(table.id))
        assert list(kept) == ["waits", "new"]


def test_letters_that_have_left_are_emptied_and_keep_their_place():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        outbox.add(tx, say("card:1", "Ben é may answer"))
        outbox.add(tx, say(f"told:1:late:{BEN}", "too late"))
        for item in (1, 2):
            outbox.mark_sent(tx, item, f"$event{item}")
        outbox.add(tx, say("later", "to nobody"))
        erase(tx, WHOSE, nobody)
        assert states(tx)["card:1"] == ("sent", "{}")
        assert states(tx)["erased:2"] == ("sent", "{}")
        assert states(tx)["later"][1] != "{}"
        assert outbox.by_key(tx.conn, "card:1").remote_id == "$event1"


def test_a_letter_set_aside_that_names_them_never_leaves():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        for key, body in (("names", "Ben é objects"), ("other", "Cem objects")):
            outbox.add(tx, say(key, body))
            item = outbox.by_key(tx.conn, key)
            outbox.mark_failed(tx, item.id, state="shunted", reason="refused")
        erase(tx, WHOSE, nobody)
        assert states(tx)["names"] == ("expired", "{}")
        assert states(tx)["other"][0] == "shunted"


def test_what_is_on_its_way_is_counted_also_in_a_mail_whose_lines_are_folded():
    with memory_tx() as tx:
        outbox.add(tx, say("one", "Ben é objects"))
        outbox.add(tx, mail("The roll: Ada, Ben\r\né, Cem\r\n"))
        outbox.add(tx, say("two", "Cem objects"))
        assert unsent_about(tx.conn, WHOSE) == 2


def test_commands_and_answers_are_forgotten_but_the_one_that_is_waited_for():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        meta = {"arguments": {"person": "ben"}}
        for key in ("old", "asks"):
            inbox.add(tx, lane="list", kind="command", key=key, raw=b"", meta=meta)
        tx.conn.execute(inbox_table.update().where(inbox_table.c.id == 1).values(state="done"))
        answers.record_answer(tx, "fresh", is_done=True, text="Ben é objects")
        erase(tx, WHOSE, nobody)
        assert inbox.by_id(tx.conn, 1).meta == {}
        assert inbox.by_id(tx.conn, 2).meta == meta
        forget_command(tx, "asks")
        assert inbox.by_id(tx.conn, 2).meta == {}
        assert answers.answer_to(tx.conn, "fresh") is not None


def test_a_second_time_there_is_nothing_and_the_record_names_nobody():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        found = erase(tx, WHOSE, nobody)
        for _ in range(2):
            record_erasure(tx, "command:1", "operator", found)
        assert erase(tx, WHOSE, nobody).is_nothing
        (row,) = tx.conn.execute(select(erasures)).all()
        assert (row.by_whom, row.entries, row.rolls) == ("operator", 0, 1)


def test_a_slug_is_known_by_rolls_and_ledgers():
    with memory_tx() as tx:
        ballots.record_ballot(tx, ballot(), None)
        ballots.append_act(tx, act("old", "endorse", OPENED), {})
        assert identity_in(tx.conn, "old") == Identity(PersonId("old"), frozenset(), frozenset())
        assert identity_in(tx.conn, "ben").person == "ben"
        assert identity_in(tx.conn, "nobody") is None
