from __future__ import annotations

import pytest

from bridge.mail.lines import split_lines
from bridge.mail.notices import disclaimers

NOTICE = (
    "This email and its attachments are confidential and intended for the\n"
    "named recipient only. Any disclosure is prohibited.\n"
)


def test_a_legal_notice_at_the_end_is_a_disclaimer():
    assert list(disclaimers(split_lines(f"Hello\n\n{NOTICE}"), ())) == [(2, 4)]


@pytest.mark.parametrize("text", [f"{NOTICE}\nI wrote more.", "This email is confidential.\n"])
def test_words_about_secrecy_are_still_words(text):
    assert list(disclaimers(split_lines(text), ())) == []


@pytest.mark.parametrize(
    "notice",
    [
        (
            "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der Adressat\n"
            "sind, informieren Sie bitte den Absender und vernichten Sie die Mail. Das unbefugte\n"
            "Kopieren ist nicht gestattet.\n"
        ),
        (
            "Este mensaje es confidencial y va dirigido a su destinatario. Si lo recibe por\n"
            "error, elimine el mensaje; queda prohibida su divulgación.\n"
        ),
        "Virus-free. www.example.com\n",
        "This email has been checked for viruses by a program.\nhttps://www.example.com\n",
        "Please consider the environment before printing this email.\n",
        "DISCLAIMER:\n\n" + NOTICE,
    ],
)
def test_notices_of_many_kinds(notice):
    text = f"Hello\n\n{notice}"
    assert [first for first, _ in disclaimers(split_lines(text), ())] == [2]
