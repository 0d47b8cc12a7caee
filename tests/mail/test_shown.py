from __future__ import annotations

import json
from pathlib import Path

from bridge.ids import Instant
from bridge.mail.evidence import NOTHING, Evidence, Level
from bridge.mail.parse import parse_archived
from bridge.mail.shown import iso, post_json

DATA = Path(__file__).parent.parent / "data"
KEYS = {
    "message_id", "list_id", "subject", "thread_subject", "author", "evidence", "date",
    "in_reply_to", "references", "body", "own_text", "reply_text", "blocks", "attachments",
    "errors",
}  # fmt: skip


def shown(raw):
    return json.loads(json.dumps(post_json(parse_archived(raw), NOTHING)))


def test_every_key_of_the_contract_is_there_for_any_mail():
    for path in DATA.glob("*.eml"):
        assert set(shown(path.read_bytes())) == KEYS
    assert set(shown(b"")) == KEYS


def test_what_is_unknown_is_null():
    found = shown(b"Subject: x\n\nwords\n")
    assert [found[key] for key in ("list_id", "date", "in_reply_to")] == [None] * 3
    assert found["author"]["address"] is None
    assert found["evidence"] == {"level": "none", "method": None, "domain": None}
    assert found["errors"] == []


def test_a_silent_dns_is_named_as_what_could_not_be_read():
    later = Evidence(Level.NONE, later=True, reason="no name server answered")
    found = post_json(parse_archived(b"Subject: x\n\nwords\n"), later)
    assert found["evidence"] == {"level": "none", "method": None, "domain": None}
    assert found["errors"] == ["later: no name server answered"]


def test_evidence_names_whose_word_it_is():
    proved = Evidence(Level.SIGNED, "dkim", "people.example")
    found = post_json(parse_archived(b"Subject: x\n\nwords\n"), proved)
    assert found["evidence"] == {"level": "signed", "method": "dkim", "domain": "people.example"}


def test_blocks_tile_the_body_and_a_forward_its_inner_text():
    found = shown((DATA / "forward_in_quote.eml").read_bytes())
    (forward,) = [block for block in found["blocks"] if block["kind"] == "forward"]
    assert set(forward["meta"]) == {"from", "date", "subject", "to"}
    ends = [0, *(block["end"] for block in found["blocks"])]
    assert [block["start"] for block in found["blocks"]] == ends[:-1]
    assert ends[-1] == len(found["body"])
    inner = forward["blocks"]
    assert [b["start"] for b in inner[1:]] == [b["end"] for b in inner[:-1]]
    assert inner[-1]["end"] == forward["end"]


def test_a_scrubbed_attachment_has_its_link():
    raw = (
        b"Subject: x\n\nsee\n-------------- next part --------------\nA thing was scrubbed...\n"
        b"Name: map.png\nType: image/png\nSize: 99 bytes\nURL: <https://a.example.org/1/map.png>\n"
    )
    assert shown(raw)["attachments"] == [
        {
            "name": "map.png",
            "type": "image/png",
            "size": 99,
            "sha256": None,
            "url": "https://a.example.org/1/map.png",
        }
    ]


def test_instants_are_utc():
    assert iso(Instant(1_762_171_834_000)) == "2025-11-03T12:10:34Z"
    assert iso(None) is None
