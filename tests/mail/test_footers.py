from __future__ import annotations

import pytest

from bridge.mail.footers import footers
from bridge.mail.lines import split_lines

RULE = "_" * 47


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (f"{RULE}\nPC mailing list -- pc@lists.example.org\nTo unsubscribe send\n", 3),
        (f"{RULE}\nPC mailing list\npc at lists.example.org\n\nhttps://lists.example.org/x\n", 5),
        (f">>> {RULE}\n>> PC mailing list\n>> https://lists.example.org/x\n>>\n> text", 3),
        ("More information about the PC mailing list", 1),
        ("You received this message because you are subscribed to the Google Groups x\nt\n", 2),
    ],
)
def test_a_list_footer_names_the_list(text, end):
    assert list(footers(split_lines(text))) == [(0, end)]


@pytest.mark.parametrize(
    "text",
    [f"{RULE}\nAgenda\n1. budget\n", f"{RULE}\n", "____\nmailing list", f"{RULE}\n> mailing list"],
)
def test_a_rule_inside_the_text_is_no_footer(text):
    assert list(footers(split_lines(text))) == []


def test_the_lists_footer_stands_below_a_quoted_one():
    text = f"> own\n> {RULE}\n> PC mailing list\n> To unsubscribe send\n"
    again = f"{RULE}\nPC mailing list -- pc@lists.example.org\nTo unsubscribe send\n"
    assert list(footers(split_lines(text + again))) == [(1, 4), (4, 7)]


FRAME = "-" * 69


@pytest.mark.parametrize(
    "footer",
    [
        (
            f"{FRAME}\nTo unsubscribe, e-mail: dev-unsubscribe@lists.example.org\n"
            "For additional commands, e-mail: dev-help@lists.example.org\n"
        ),
        (
            "--\nTo unsubscribe from this list: send the line unsubscribe in a mail\n"
            "More majordomo info at https://lists.example.org/\n"
        ),
        "-- \nTo UNSUBSCRIBE, email to pc-REQUEST@example.org\nwith a subject of unsubscribe\n",
        (
            "-=-=-=-=-=-=-=-=-=-=-=-\nLinks: You receive all messages sent to this group.\n"
            "Unsubscribe: https://lists.example.org/g/pc/unsub\n-=-=-=-=-=-=-=-=-=-=-=-\n"
        ),
        f"{FRAME}\nBuy now! https://ads.example.org\n{'_' * 47}\nPC mailing list\n",
        f"{'_' * 47}\nListe de diffusion PC\nhttps://lists.example.org/sympa/info/pc\n",
        f"{'_' * 60}\nGet your free mail at http://www.example.com\n",
        "#" * 72 + "\n\nTo unsubscribe from the PC list:\nhttps://lists.example.org/u\n",
    ],
)
def test_footers_of_many_hosts_are_known_at_the_end(footer):
    text = f"own\n\n{footer}"
    (found,) = footers(split_lines(text))
    assert found == (2, text.count("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "How it works\n------------------\nThe mailing list will move next week.\n",
        "----------------------\nHow do I unsubscribe?\n\nThat is a good question.\n",
        "| name       | votes |\n-----------------------\n| mailing list | 3 |\n",
    ],
)
def test_headings_and_tables_are_the_authors(text):
    assert list(footers(split_lines(text))) == []
