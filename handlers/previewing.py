"""What a facilitator sees before it is done: what will happen, who is told, what stays for good.

The command is done for trial and undone again, so a preview refuses what the command would
refuse, and shows the very words that room, people and list would get.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email import message_from_string
from email.header import decode_header, make_header
from typing import Final

from bridge.domain.acts import canonical_json
from bridge.domain.ballots import Ballot, State
from bridge.domain.deadlines import show_instant
from bridge.domain.tally import Tally
from bridge.ids import BallotId
from bridge.mail.columns import fold, one_line, wrap
from bridge.matrix.cards import OUTCOMES, state_words
from bridge.store import ballots
from bridge.store.database import Tx
from bridge.store.outbox import Letter
from bridge.store.rehearsal import Rehearsed, rehearse
from handlers.counting import tally_now
from handlers.statements import doubts_of, post_meant
from handlers.verbs import must_be_known, run_verb
from handlers.wishes import Wish

TO_THE_LETTER: Final = frozenset({"close", "withdraw"})
"""Verbs whose mail is confirmed letter by letter; the others' mail says how it stands by then."""

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "lock": (
        "Comments end, version {version} of the text (code {code}) is frozen; the call is mailed.",
        "A call that the list has shown; the text changes afterwards only before everybody's eyes.",
    ),
    "finalcall": (
        "The final call begins now instead of before the close, which stays {until}.",
        "The mail. An objection ends a final call; the chair does not.",
    ),
    "extend": (
        "It closes {until} instead of {was}. Answers given so far stand.",
        "A deadline is never moved back.",
    ),
    "amend": (
        "It gets version {version} of the text (code {code}) in the place of version {before}.",
        "Both versions stay in the log; the text can only be changed again.",
    ),
    "address": ("{lifted}", "{ruled}"),
    "overrule": ("{lifted}", "{ruled}"),
    "setaside": ("{lifted}", "{ruled}"),
    "void": (
        "One answer counts no more. {answer}",
        "What is voided stays void; while the ballot is open the member can answer again.",
    ),
    "admit": (
        "{name} may answer from now on, and counts among those who could.",
        "Nobody is taken off the roll of a ballot.",
    ),
    "declare": (
        "By what you declare it ends as: {outcome}.",
        "The declaration stays in the log. You may declare again until the result is posted.",
    ),
    "close": (
        "The result goes to the list: {outcome}.",
        "All of it: once the list has shown a result nothing changes the count.",
    ),
    "withdraw": (
        "It is taken back; answers to it come to nothing.",
        "It is never opened again: a new ballot begins without answers.",
    ),
    "correct": (
        "A correction of the result's words goes to the list, below it. The count stays as it is.",
        "The mail, and the entry in the log. Another correction can follow.",
    ),
    "stop": (
        "Later answers are registered no more.",
        "The register is not opened again.",
    ),
}
"""Verb -> what will happen, and what of it cannot be undone."""
LIFTED: Final = (
    "The objection of {name} is open no more, though {name} still counts as objecting. {missing}"
)
RULED: Final = (
    "The ruling stays in the log and stands in the result. While the ballot is open {name} can "
    "object again."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview.

    Attributes:
        facts: what will happen, who is told, what cannot be undone.
        mail: the mails to the list as they would be; empty for none.
        digest: the same as long as the same would happen.
        ballot: which ballot it is about.
        stood: how the ballot stands, by name; to say what has changed.
    """

    facts: str
    mail: str
    digest: str
    ballot: BallotId
    stood: Mapping[str, str]

    @property
    def text(self) -> str:
        """Both, one after the other."""
        return f"{self.facts}\n\n{self.mail}".strip()


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a command answered, and what it left of the ballot."""

    answer: str
    ballot: Ballot
    counted: Tally


def previewed(wish: Wish, verb: str) -> Shown:
    """Return what a command would do, and leave everything as it is.

    Raises:
        UserError: it cannot be done, or not now.
    """
    must_be_known(verb)
    before = wish.row().ballot
    stood = _stood(wish.tx, before)
    tried = rehearse(wish.tx, lambda trial: _tried(replace(wish, tx=trial), verb, before.id))
    what, for_good = (words.format(**_values(wish, before, tried.value)) for words in _words(verb))
    mails = [_mail(one) for one in tried.letters if one.kind == "mail"]
    told = list(_told(before, tried))
    facts = "\n".join(
        (
            wrap(f"{before.label} {one_line(before.title)} ({stood['state']})"),
            "",
            wrap(what, "What      ", " " * 10),
            wrap(f"The list: {_subjects(mails)}", "Told      ", " " * 10),
            *told,
            wrap(for_good, "For good  ", " " * 10),
            *(wrap(each, "LOOK      ", " " * 10) for each in _doubts(wish, verb, tried.value)),
        )
    )
    unchanging = {name: value for name, value in stood.items() if name != "answers"}
    bodies = [body for _, body in mails] if verb in TO_THE_LETTER else []
    text = tried.value.ballot.text.sha256
    shown = canonical_json([what, for_good, unchanging, text, [one for one, _ in mails], bodies])
    return Shown(
        facts=facts,
        mail="\n\n".join(f"Subject: {subject}\n\n{body}" for subject, body in mails),
        digest=hashlib.sha256(shown).hexdigest(),
        ballot=before.id,
        stood=stood,
    )


def what_changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say in a clause how a ballot has moved on between two previews."""
    said = {
        "state": "it is {now} now",
        "deadline": "it closes {now} now",
        "text": "its text is {now} now",
        "objections": "objections open: {before} then, {now} now",
        "answers": "somebody answered",
    }
    for name, words in said.items():
        if before.get(name) != now.get(name):
            return words.format(before=before.get(name), now=now.get(name))
    return "what it would do is something else now"


def _tried(wish: Wish, verb: str, number: BallotId) -> _Trial:
    answer = run_verb(wish, verb)
    row = ballots.ballot_by_id(wish.tx.conn, number)
    assert row is not None
    at = row.ballot.closed_at or wish.tx.now
    return _Trial(answer, row.ballot, tally_now(wish.tx, row.ballot, at))


def _doubts(wish: Wish, verb: str, tried: _Trial) -> tuple[str, ...]:
    """Return why a new text may not be all of what its post means."""
    if verb != "amend" or wish.post is None:
        return ()
    source = post_meant(wish.tx, wish.listed, wish.post, wish.arguments)
    return doubts_of(source, tried.ballot.text.text)


def _words(verb: str) -> tuple[str, str]:
    what, for_good = WORDS[verb]
    return what.replace("{lifted}", LIFTED), for_good.replace("{ruled}", RULED)


def _values(wish: Wish, before: Ballot, tried: _Trial) -> dict[str, object]:
    after = tried.ballot
    return {
        "was": show_instant(before.deadline.instant),
        "until": show_instant(after.deadline.instant),
        "before": before.text.version,
        "version": after.text.version,
        "code": after.text.code,
        "answer": tried.answer,
        "name": after.roster.name_of(wish.arguments.get("person", "")),
        "missing": tried.counted.missing if after.state is not State.ANNOUNCED else "",
        "outcome": OUTCOMES[tried.counted.outcome],
    }


def _stood(tx: Tx, ballot: Ballot) -> dict[str, str]:
    counted = tally_now(tx, ballot, ballot.closed_at or tx.now)
    return {
        "state": state_words(ballot),
        "deadline": show_instant(ballot.deadline.instant),
        "text": f"version {ballot.text.version}",
        "objections": str(len(counted.open_objections)),
        "answers": str(counted.came_in.rows),
    }


def _subjects(mails: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"a mail, {subject}" for subject, _ in mails) or "no mail now"


def _told(ballot: Ballot, tried: Rehearsed[_Trial]) -> Iterator[str]:
    """Yield whom the bot would tell in the room, and the words."""
    indent = " " * 10
    people, is_told = [], False
    for letter in tried.letters:
        if letter.kind != "say" or letter.payload["replaces"] is not None:
            continue
        content = letter.payload["content"]
        called = content["m.mentions"].get("user_ids", [])
        if letter.key.startswith(f"told:{ballot.id}:"):
            people += called
        elif letter.key.startswith(f"room:{ballot.id}:"):
            is_told = True
            whom = f", calling {_names(ballot, called)}" if called else ""
            yield wrap(f"The room{whom}, in the words:", indent)
            yield "\n".join(f"{indent}  {line}" for line in fold(content["body"]).splitlines())
    if not is_told:
        yield wrap("The room: no message, only what card and status line say", indent)
    if people:
        yield wrap(f"In person, in the room: {_names(ballot, people)}", indent)


def _names(ballot: Ballot, users: Sequence[str]) -> str:
    named: dict[str, str] = {
        user: one.name for one in ballot.roster.everybody for user in one.matrix
    }
    return ", ".join(dict.fromkeys(one_line(named.get(user, user), 60) for user in users))


def _mail(letter: Letter) -> tuple[str, str]:
    """Return subject and body of a mail of ours."""
    mail = message_from_string(letter.payload["raw"])
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    subject = str(make_header(decode_header(mail["Subject"])))
    return " ".join(subject.split()), body.decode("utf-8", "replace").replace("\r\n", "\n")
