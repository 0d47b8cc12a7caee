from __future__ import annotations

import pytest

from bridge.mail.forwards import heads
from bridge.mail.lines import split_lines


def head(text):
    found = list(heads(split_lines(text)))
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    "marker",
    [
        "---------- Forwarded message ---------",
        "-------- Forwarded Message --------",
        "---------- Message transféré ---------",
        "---------- Weitergeleitete Nachricht ---------".replace("tete", "tet"),
        "---------- Mensaje reenviado ---------",
        "---------- Пересылаемое сообщение ----------",
        "---------- 转发的邮件 ---------",
        ">>> ---------- Messaggio inoltrato ---------",
    ],
)
def test_a_marker_opens_a_forward_in_many_languages(marker):
    found = head(f"{marker}\n\ntext")
    assert found is not None
    assert found.is_forward
    assert found.end == 1


def test_the_header_below_a_marker_is_read_in_its_language():
    found = head(
        "-------- Weitergeleitete Nachricht --------\nBetreff: \tZwei\nDatum: Mo, 3 Nov 2025\n"
        "*Von:* Jane Doe\n<jane@example.org>\nAn: pc@lists.example.org\nKopie: x\n\nHallo"
    )
    assert found is not None
    assert found.end == 7
    assert found.meta == {
        "subject": "Zwei",
        "date": "Mo, 3 Nov 2025",
        "from": "Jane Doe <jane@example.org>",
        "to": "pc@lists.example.org",
    }


def test_apple_mail_announces_a_forward_in_words():
    found = head("Begin forwarded message:\n\nFrom: Jane\nSubject: x\n\nHello")
    assert found is not None
    assert found.is_forward
    assert found.end == 4


@pytest.mark.parametrize(
    "text",
    [
        "From: Jane\nSent: Monday\nTo: pc\nSubject: x\n\nHello",
        f"{'_' * 32}\nVon: Jane\nGesendet: Montag\nAn: pc\nBetreff: x\n\nHallo",
        "-----Original Message-----\nFrom: Jane\n\nHello",
        "-----Ursprüngliche Nachricht-----\nHallo",
    ],
)
def test_outlooks_head_leaves_the_reader_to_decide(text):
    found = head(text)
    assert found is not None
    assert not found.is_forward


@pytest.mark.parametrize(
    "text",
    [
        "From: the chair\nTo: everybody\n\nlet us meet",
        "Reporter: Jane\nDate: 3 Nov\nSubject: it breaks",
        "I was asked to forward the following:\nHello",
        "-------------- next part --------------\n",
        "--",
        "text\nFrom: Jane\nSent: Monday\nSubject: x\n",
        "+------+------+",
    ],
)
def test_what_only_looks_like_a_head_is_text(text):
    assert head(text) is None
