"""Score: are forwards kept whole, and who wrote what and when read from their heads?

Every file is the same mail as some client forwards it; the file's subject, where one was kept, is
given together with it, else an English "Fwd:". Files of variant 4 are answers, no forwards.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import samples

from bridge.ids import ListId
from bridge.mail.blocks import Block, Kind
from bridge.mail.parse import Post, parse_mail

AIM = 170
SUBJECT = "Integer consequat non purus"
BEGINS, ENDS = "Aenean quis diam urna.", "at congue massa sagittis eget."
_NAME = re.compile(
    r"(?P<client>.+?)_(?P<lang>cs|cz|da|de|en|es|et|fi|fr|hr|hu|it|ja|nl|no|pl|pt_br|pt|ro|ru|sk|sv|tr|uk)?_?(?:body|subject)"
)
_SUBJECT_VALUE = re.compile(
    rf"^[> ]*\S[^:\n]{{0,20}}[:：][ \t]*{SUBJECT}$|Subject: ?{SUBJECT}", re.MULTILINE
)
_DATE_VALUE = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Case:
    """One file and what was found in it."""

    name: str
    is_answer: bool
    whole: bool
    sender: bool
    subject: bool
    date: bool

    @property
    def good(self) -> bool:
        return self.whole and self.sender


def cases() -> Iterator[Case]:
    """Yield every file's result."""
    for path in sorted((samples.CORPORA / "forwards").glob("*_body*.txt")):
        yield _case(path)


def _case(path: Path) -> Case:
    body = path.read_text(encoding="utf-8")
    is_answer = "variant_4" in path.name
    post = _post(body, _subject(path, is_answer=is_answer))
    found = [block for block in _all(post.blocks) if block.kind is Kind.FORWARD]
    if is_answer:
        return Case(
            path.name, True, not found and "That's true!" in post.own_text, True, True, True
        )
    best = next((block for block in found if SUBJECT), None)
    meta = best.meta if best else {}
    said = body.split(BEGINS)[0]
    has_address = "john.doe@acme.com" in said
    sender = meta.get("from", "")
    return Case(
        path.name,
        False,
        best is not None and _is_whole(post, best) and _own_words_are_right(post, body),
        ("John" in sender and ("john.doe@acme.com" in sender or not has_address))
        or sender == "john.doe@acme.com",
        meta.get("subject") == SUBJECT or SUBJECT not in said,
        bool(_DATE_VALUE.search(meta.get("date", ""))) or not _DATE_VALUE.search(said),
    )


def _is_whole(post: Post, block: Block) -> bool:
    text = samples.collapsed(re.sub(r"(?m)^[> ]+", "", post.body[block.start : block.end]))
    begins, ends = text.find(BEGINS), text.find(ENDS)
    inner = [each for each in block.blocks if each.kind is Kind.TEXT]
    shown = samples.collapsed("\n".join(post.body[each.start : each.end] for each in inner))
    return (
        0 <= begins < ends
        and BEGINS in shown
        and ENDS in shown
        and BEGINS in post.reply_text
        and ENDS in post.reply_text
    )


def _own_words_are_right(post: Post, body: str) -> bool:
    own = "Praesent suscipit egestas hendrerit. Aliquam eget dui dui."
    stands = body.lstrip("\ufeff \n").startswith("Praesent suscipit")
    return " ".join(post.own_text.split()) == (own if stands else "")


def _all(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _all(block.blocks)


def _subject(path: Path, *, is_answer: bool) -> str:
    named = _NAME.match(path.name)
    client, lang = (named["client"], named["lang"]) if named else ("", "")
    variant = "_variant_4" if is_answer else ""
    folder = path.parent
    for name in (
        f"{client}_{lang}_subject{variant}.txt",
        f"{client}_{lang}_subject.txt",
        f"{client}_subject.txt",
        f"{client}_en_subject.txt",
    ):
        if (folder / name).exists() and not (is_answer and variant not in name):
            return (folder / name).read_text(encoding="utf-8").strip()
    return f"{'Re' if is_answer else 'Fwd'}: {SUBJECT}"


def _post(body: str, subject: str) -> Post:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Bessie Berry <bessie.berry@acme.com>", subject
    mail["Message-ID"] = "<one@example.org>"
    mail.set_content(body)
    return parse_mail(
        mail.as_bytes(), list_id=ListId("pc.example.org"), posting_address="pc@example.org"
    )


def report() -> str:
    """Return the score as a table, and what is not right."""
    found = list(cases())
    forwards = [case for case in found if not case.is_answer]
    answers = [case for case in found if case.is_answer]
    rows = [
        ("forwards", len(forwards), ""),
        ("kept whole and from right", sum(case.good for case in forwards), f"aim {AIM}"),
        ("subject right where it stands", sum(case.subject for case in forwards), ""),
        ("date right where it stands", sum(case.date for case in forwards), ""),
        (
            "answers that are no forwards",
            f"{sum(case.whole for case in answers)} of {len(answers)}",
            "",
        ),
    ]
    wrong = [case for case in found if not (case.good and case.subject and case.date)]
    rows += [
        (
            "not right",
            case.name,
            " ".join(n for n in ("whole", "sender", "subject", "date") if not getattr(case, n)),
        )
        for case in wrong
    ]
    return samples.table("forwards", rows)


if __name__ == "__main__":
    print(report() if samples.are_there() else samples.ABSENT)
    for name in sys.argv[1:]:
        path = samples.CORPORA / "forwards" / name
        post = _post(path.read_text(), _subject(path, is_answer="variant_4" in name))
        for block in _all(post.blocks):
            print(
                block.kind,
                block.depth,
                dict(block.meta),
                repr(post.body[block.start : block.end][:100]),
            )
