from bench_mails import POSTS_IN_A_THREAD, conversations, one_of_each_author

from bridge.demo.bridge_config import Mirrored
from bridge.ids import ListId
from bridge.mail.parse import parse_mail

LISTS = tuple(Mirrored(f"n{n}@lists.demo", f"n{n}@bridge.demo", f"Group {n}") for n in range(3))


def parsed(mail):
    return parse_mail(
        mail.raw,
        list_id=ListId(mail.mirrored.list_id),
        posting_address=mail.mirrored.posting_address,
        subject_tag=f"[{mail.mirrored.name.capitalize()}]",
    )


def test_every_post_follows_what_it_answers_in_its_own_list():
    seen = set()
    for mail in conversations(LISTS, "run", 97):
        post = parsed(mail)
        assert all((mail.mirrored, one) in seen for one in post.references)
        assert len(post.references) == mail.place
        seen.add((mail.mirrored, post.message_id))
    assert len(seen) == 97


def test_two_runs_have_no_message_id_in_common():
    one, other = ({m.message_id for m in conversations(LISTS, run, 20)} for run in ("r1", "r2"))
    assert not one & other


def test_threads_go_on_side_by_side():
    first = conversations(LISTS, "run", 16 * POSTS_IN_A_THREAD)[:16]
    assert {mail.place for mail in first} == {0}


def test_everybody_writes_once_to_every_list():
    mails = one_of_each_author(LISTS, "warm")
    assert len({(mail.author, mail.mirrored) for mail in mails}) == len(mails) == 15


def test_a_mail_comes_from_the_list_it_names():
    (mail,) = conversations(LISTS[:1], "run", 1)
    assert parsed(mail).list_ids == (LISTS[0].list_id,)
    assert mail.envelope_sender.endswith("@lists.demo")
