from dataclasses import replace

import pytest
from playbook_cast import LIST_ADDRESS, LIST_ID, Mail, list_copy

from bridge.errors import Permanent
from bridge.ids import ListId
from bridge.mail.parse import parse_mail
from bridge.store import mirror
from handlers.posts import mail_arrived, mail_read

ROOT = Mail("root", "The first words.\n", "A subject of some length")


def test_a_post_is_written_down_and_queued_once_however_often_it_comes(desk):
    outcomes = [desk.mail(ROOT) for _ in range(3)]
    assert [one.state for one in outcomes] == ["done", "suppressed", "suppressed"]
    assert len(desk.letters("post:")) == 1


def test_what_became_of_a_mail_names_its_message_id(desk):
    assert desk.mail(ROOT).about == ROOT.message_id
    assert desk.mail(ROOT).about == ROOT.message_id


def test_a_mail_of_a_list_that_is_not_configured_any_more_is_held(desk):
    arrived = replace(desk.arrived(ROOT.raw), list_id=ListId("gone.lists.example.org"))
    assert mail_arrived(arrived, desk.tx, desk.context).state == "held"


def test_a_mail_over_a_limit_is_for_a_human(desk):
    with pytest.raises(Permanent, match="over a limit"):
        mail_arrived(desk.arrived(b"X: 1\r\n" * 1_001 + ROOT.raw), desk.tx, desk.context)


def test_a_held_mail_takes_no_posts_place(desk):
    forged = desk.arrived(list_copy(ROOT.raw), "mallory@evil.example")
    assert mail_arrived(forged, desk.tx, desk.context).state == "held"
    assert mirror.post_by_id(desk.conn, LIST_ID, ROOT.message_id) is None
    assert desk.mail(ROOT).state == "done"


@pytest.mark.parametrize(
    ("subject", "is_shown"), [("Re: A subject of some length", False), ("Now else", True)]
)
def test_the_subject_is_shown_again_where_it_changes(desk, subject, is_shown):
    desk.mail(ROOT)
    desk.mail(Mail("reply", "Words.\n", subject, answers=("root",)))
    last = desk.letters("post:")[-1]
    assert (subject in desk.letter(last)["content"]["body"]) is is_shown


def test_one_author_has_one_ghost_and_another_has_another(desk):
    for mail in (ROOT, Mail("two"), Mail("three", author="oskar")):
        desk.mail(mail)
    first, second, third = (desk.letter(key)["sender"] for key in desk.letters("post:"))
    assert first == second != third
    assert desk.context.namespace.is_ghost(first)


def test_a_reply_without_references_is_placed_by_its_subject(desk):
    desk.mail(ROOT)
    later = "Thu, 30 Oct 2025 08:30:00 +0000"
    desk.mail(Mail("answer", "Words.\n", "AW: A subject of some length", date=later))
    last = desk.letter(desk.letters("post:")[-1])
    assert last["reply_to"] == ROOT.message_id


def test_a_new_subject_without_references_begins_a_thread(desk):
    desk.mail(ROOT)
    desk.mail(Mail("other", "Words.\n", "Re: Something else entirely"))
    assert desk.letter(desk.letters("post:")[-1])["reply_to"] is None


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("Nadia Example", "nadia@people.example", "Nadia Example (list)"),
        ("Nadia Example", "nadia@evil.example", "Nadia Example (list, address not on the roster)"),
        ("Nаdiа Ехаmple", "n@evil.example", "Nаdiа Ехаmple (list, address not on the roster)"),
        ("Zoe Example", "zoe@evil.example", "Zoe Example (list)"),
    ],
)
def test_a_ghost_that_passes_for_somebody_on_the_roster_is_marked(desk, name, address, shown):
    raw = ROOT.raw.replace(b"Nadia Example <nadia@people.example>", f"{name} <{address}>".encode())
    mail_arrived(desk.arrived(list_copy(raw)), desk.tx, desk.context)
    assert desk.letter(desk.letters("post:")[-1])["display_name"] == shown


def test_a_mail_that_was_read_elsewhere_is_handled_like_any_other(desk):
    raw = list_copy(ROOT.raw)
    post = parse_mail(raw, list_id=LIST_ID, posting_address=LIST_ADDRESS)
    outcomes = [mail_read(desk.arrived(raw), post, desk.tx, desk.context) for _ in range(2)]
    assert [one.state for one in outcomes] == ["done", "suppressed"]
    assert desk.mail(ROOT).state == "suppressed"
    gone = replace(desk.arrived(raw), list_id=ListId("gone.lists.example.org"))
    assert mail_read(gone, post, desk.tx, desk.context).state == "held"
