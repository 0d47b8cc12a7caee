"""Objections and changes of mind in words are answered, once, with a tracker the log has."""

import json
import re

import pytest
from playbook_cast import CHAIR, OSKAR, PRIYA, SILENCE

from bridge.export import export_files, read_record
from handlers.reactions import redaction_seen

CARD = {"thread_root": "$card"}


@pytest.fixture
def open_desk(desk):
    desk.opened(SILENCE)
    return desk


def does(desk, number: int, what: str) -> None:
    """Let Oskar write a word, tap a sign, or (``-3``) take back the third thing he did."""
    desk.now += 1_000
    if what.startswith("!"):
        desk.says(OSKAR, what, f"${number}", **CARD)
    elif what.startswith("-"):
        redaction_seen(desk.removed(OSKAR, f"${what[1:]}", f"${number}"), desk.tx, desk.context)
    else:
        desk.taps(OSKAR, what, f"${number}")


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        (["✅"], []),
        (["!endorse"], []),
        (["!endorse", "!abstain"], ["Recorded: abstain. It takes the place of endorse of "]),
        (["✅", "!abstain"], ["Recorded: abstain. It takes the place of endorse of "]),
        (["✅", "⚪"], []),
        (["!endorse", "!endorse"], []),
        (["!endorse", "!hold We meet on Monday."], []),
        (["✋"], ["pauses the adoption. It is lifted when you take the raised hand away"]),
        (["!object No."], ["pauses the adoption, with your words. It is lifted when you write"]),
        (
            ["✋", "!object Point 2."],
            ["Please say why", "pauses the adoption, with your words. It is lifted when you write"],
        ),
        (["!object Point 2.", "✋"], ["with your words"]),
        (
            ["!object No.", "!endorse"],
            ["with your words", "objection is lifted; you are recorded as endorse now"],
        ),
        (
            ["✅", "✋", "-2"],
            ["raised hand", "objection is lifted; you are recorded as endorse now"],
        ),
        (
            ["✋", "-1"],
            ["raised hand", "objection is lifted; you hold no position now, and an earlier"],
        ),
        (
            ["✅", "-1", "✋", "-3", "✋", "-5"],
            ["raised hand", "objection is lifted", "raised before", "objection is lifted"],
        ),
        (
            ["!object No.", "!withdraw", "!object Still not."],
            ["with your words", "is lifted", "The one you raised before was withdrawn"],
        ),
    ],
)
def test_who_objects_or_changes_an_answer_in_words_is_told(open_desk, acts, said):
    for number, what in enumerate(acts, 1):
        does(open_desk, number, what)
    receipts = [one for one in open_desk.told() if re.search(r"Receipt [0-9a-f]{8}\.$", one)]
    assert len(receipts) == len(said)
    for told, words in zip(receipts, said, strict=True):
        assert words in told
        assert told.startswith(OSKAR)


def test_every_receipt_names_an_act_of_the_published_log(open_desk):
    for number, what in enumerate(["✅", "!abstain", "!object No.", "!endorse"], 1):
        does(open_desk, number, what)
    open_desk.says(PRIYA, "!object I, too.", "$pia", **CARD)
    record = read_record(open_desk.conn, open_desk.row(), open_desk.tx.now)
    acts = export_files(record, with_names=False)["acts.jsonl"].decode().splitlines()
    log = {json.loads(act)["hash"][:8] for act in acts}
    told = set(re.findall(r"[Rr]eceipt ([0-9a-f]{8})", " ".join(open_desk.told())))
    assert len(told) == 5
    assert told <= log


def test_the_same_act_again_is_answered_once(open_desk):
    for _ in range(2):
        does(open_desk, 1, "!object No.")
    assert len(open_desk.letters("told:1:objected:")) == 1


def test_what_the_chair_said_to_an_earlier_objection_is_named(desk):
    desk.opened(SILENCE.replace("silence", "rough"))
    does(desk, 1, "!object No.")
    desk.chair("address b/1 person=oskar link=https://lists.example.org/1", "$address")
    does(desk, 2, "!object Not answered.")
    assert "The one you raised before was answered by the chair on" in desk.told()[-1]
    assert CHAIR not in desk.told()[-1]
