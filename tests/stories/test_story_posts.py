"""What becomes of a mail: in the room once, or kept with the reason why not."""

import pytest
from playbook_cast import LIST_ID, MODERATOR, Mail, list_copy

from bridge.ids import message_id_hash

ROOT = Mail("root", "The first words.\n", "A late root")
REPLY = Mail("reply", "An early answer.\n", "Re: A late root", "oskar", ("root",))
SECOND = Mail("second", "One more.\n", "Re: A late root", "priya", ("root", "reply"))
PRIVATE = {("lists", 0, "visibility"): "private"}


def shown(book) -> list[str]:
    """Return what ghosts said, first lines only."""
    ghosts = [one for one in book.messages if one["sender"] in book.homeserver.names]
    return [one["content"]["body"] for one in ghosts]


async def test_a_thread_stands_in_a_thread_by_ghosts_of_its_authors(book):
    await book.post(ROOT, REPLY, SECOND)
    root, reply, second = book.messages
    ghosts = book.homeserver.names.keys() - {book.context.namespace.bot_id}
    assert {root["sender"], reply["sender"], second["sender"]} == ghosts
    assert book.homeserver.names[root["sender"]] == "Nadia Example (list)"
    for one, answered in ((reply, root), (second, reply)):
        relation = one["content"]["m.relates_to"]
        assert (relation["rel_type"], relation["event_id"]) == ("m.thread", root["event_id"])
        assert relation["m.in_reply_to"]["event_id"] == answered["event_id"]


async def test_every_event_names_its_post_and_calls_nobody(book):
    await book.post(ROOT, REPLY)
    for one, mail in zip(book.messages, (ROOT, REPLY), strict=True):
        source = {"list": LIST_ID, "message_id": message_id_hash(mail.message_id), "part": 0}
        assert one["content"]["org.seconded.source"] == [source]
        assert one["content"]["m.mentions"] == {}


async def test_a_late_root_begins_its_own_thread_with_a_pointer_both_ways(book):
    await book.post(REPLY, SECOND)
    await book.post(ROOT)
    await book.later(minutes=1)
    reply, _, root, *pointers = book.messages
    assert "m.relates_to" not in root["content"]
    threads = {one["content"]["m.relates_to"]["event_id"]: one for one in pointers}
    assert "came later" in threads[reply["event_id"]]["content"]["body"]
    assert root["event_id"][1:] in threads[reply["event_id"]]["content"]["body"]
    assert reply["event_id"][1:] in threads[root["event_id"]]["content"]["body"]


async def test_a_post_that_comes_twice_stands_once(book):
    await book.post(ROOT)
    await book.receive(list_copy(ROOT.raw, 2))
    assert len(book.messages) == 1
    assert await book.outcomes() == [("done", ""), ("suppressed", "duplicate")]


async def test_a_second_copy_with_other_words_is_kept_as_a_variant(book):
    await book.post(ROOT, Mail("root", "Other words.\n", "A late root"))
    assert len(book.messages) == 1
    assert (await book.outcomes())[1] == ("suppressed", "variant: its own text differs")
    assert b"Other words." in (await book.mails_in())[1].raw


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        (list_copy(ROOT.raw), "mallory@people.example"),
        (ROOT.raw, "pc-bounces@lists.example.org"),
        (b"List-Id: <other.lists.example.org>\r\n" + ROOT.raw, "pc-bounces@lists.example.org"),
        (b"List-Id: <x>\r\n" + list_copy(ROOT.raw), "pc-bounces@lists.example.org"),
        (list_copy(ROOT.raw), "pc@lists.example.org.evil.example"),
    ],
)
async def test_a_mail_that_is_not_from_the_list_is_held_and_takes_no_ones_place(book, raw, sender):
    await book.receive(raw, sender=sender)
    assert book.messages == []
    ((state, reason),) = await book.outcomes()
    assert (state, reason.partition(":")[0]) == ("held", "not from the list")
    await book.receive(list_copy(ROOT.raw, 2))
    assert len(book.messages) == 1


LOOP = "X-Seconded-Instance: 11111111-2222-4333-8444-555555555555; hop=1"


@pytest.mark.parametrize(
    ("header", "guard"),
    [
        ("Auto-Submitted: auto-replied", "auto_replied"),
        ("X-Autoreply: yes", "vacation"),
        ("Precedence: auto_reply", "vacation"),
        (LOOP, "own_instance"),
        ("\r\n".join(f"Received: from a{n}.example" for n in range(31)), "too_many_hops"),
        ("Content-Type: multipart/report; boundary=x", "bounce"),
    ],
)
async def test_what_programs_write_is_suppressed_by_name(book, header, guard):
    raw = f"{header}\r\n".encode() + Mail("auto", headers=()).raw
    await book.receive(list_copy(raw))
    assert await book.outcomes() == [("suppressed", guard)]
    assert book.messages == []


async def test_our_own_mail_coming_back_is_an_echo_and_no_post(opened):
    assert (await opened.outcomes())[-1] == ("suppressed", "echo")
    assert len([one for one in opened.messages if "[CALL]" in one["content"]["body"]]) <= 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\xff\xfe" * 40,
        b"Subject: =?utf-8?q?=FF=FE?=\r\nContent-Type: multipart/mixed\r\n\r\n--\r\n",
        b"From: @@@\r\nDate: never\r\nReferences: <<>>\r\n\r\nwords\r\n",
        b"Content-Type: text/html\r\n\r\n<script>alert(1)</script>@room <b",
    ],
)
async def test_garbage_from_the_list_is_shown_as_well_as_can_be(book, garbage):
    await book.receive(b"List-Id: <pc.lists.example.org>\r\n" + garbage)
    assert await book.outcomes() == [("done", "")]
    assert len(book.messages) == 1


async def test_a_mail_over_a_limit_is_set_aside_with_its_bytes(book):
    raw = list_copy(b"X: 1\r\n" * 1_001 + ROOT.raw)
    await book.receive(raw)
    ((state, reason),) = await book.outcomes()
    assert state == "shunted"
    assert reason.startswith("over a limit: the mail has 10")
    assert (await book.mails_in())[0].raw == raw
    assert (await book.trace(ROOT.message_id))[1].startswith("shunted")


async def test_a_long_post_stands_in_several_parts_of_one_thread(book):
    paragraphs = "".join(f"Paragraph {n} has something to say.\n\n" for n in range(1_000))
    await book.post(Mail("long", paragraphs))
    head, *parts = [one for one in book.messages if one["sender"] in book.homeserver.names]
    assert len(parts) >= 2
    for number, one in enumerate(parts, start=1):
        assert one["content"]["m.relates_to"]["event_id"] == head["event_id"]
        assert one["content"]["org.seconded.source"][0]["part"] == number
    assert "Paragraph 999" in parts[-1]["content"]["body"]


@pytest.mark.parametrize(
    ("kind", "opening", "closing"),
    [
        ("m.room.join_rules", {"join_rule": "public"}, {"join_rule": "invite"}),
        (
            "m.room.history_visibility",
            {"history_visibility": "world_readable"},
            {"history_visibility": "joined"},
        ),
        ("m.room.guest_access", {"guest_access": "can_join"}, {"guest_access": "forbidden"}),
    ],
)
async def test_a_private_lists_posts_wait_while_its_room_is_open(begin, kind, opening, closing):
    book = await begin(changes=PRIVATE)
    for content, seen in ((opening, 0), (closing, 1)):
        book.homeserver._set(book.room_id, MODERATOR, kind, "", content)
        await book.quiet()
        await book.post(ROOT)
        await book.later(minutes=1)
        assert len(book.messages) == seen


async def test_a_room_that_was_opened_unseen_is_closed_by_the_next_look(begin):
    book = await begin(changes=PRIVATE)
    public = {"join_rule": "public"}
    book.homeserver._set(book.room_id, MODERATOR, "m.room.join_rules", "", public)
    book.homeserver.take_transaction()
    await book.later(minutes=5)
    await book.post(ROOT)
    assert book.messages == []
    assert (await book.books()).in_flight == 1


async def test_posts_wait_for_a_homeserver_that_is_down_and_keep_their_order(book):
    book.homeserver.is_down = True
    await book.post(ROOT, REPLY, SECOND)
    await book.later(hours=2)
    assert (await book.books()).in_flight == 3
    book.homeserver.is_down = False
    for _ in range(20):
        await book.later(minutes=5)
    said = "\n".join(shown(book))
    assert said.index("first words") < said.index("early answer") < said.index("One more")
    assert (await book.books()).mirrored == 3
