"""What came with a mail stands in its thread, once, whatever happens; and !full gives all of it."""

import pytest
from playbook import Killed, every, once
from playbook_cast import LIST_ID, OSKAR, Mail

from bridge.errors import Permanent, Transient
from bridge.failpoints import armed
from bridge.ids import message_id_hash
from bridge.store import inbox, outbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
FILES = (
    ("minutes.txt", "text/plain", b"Nobody objected.\n"),
    ("map.png", "image/png", PNG),
    ("page.html", "text/html", b"<script>alert(1)</script>"),
)
POST = Mail("Files.1", "See the minutes.\n", "Minutes", files=FILES)
REPLY = Mail("Files.2", "Thank you.\n", "Re: Minutes", "oskar", ("Files.1",))
LONG = "".join(f"Paragraph {n} has something to say.\n\n" for n in range(4_000))


def files(book):
    """Return the events that show files."""
    return [one for one in book.messages if one["content"]["msgtype"] in {"m.file", "m.image"}]


def stand(book):
    """Return each file in the room: kind, name, type and bytes."""
    media = book.homeserver.media
    found = [(one["content"], media[one["content"]["url"]]) for one in files(book)]
    return [(c["msgtype"], c["filename"], kept.type, kept.data) for c, kept in found]


AS_FILES = [
    ("m.file", "minutes.txt", "text/plain", FILES[0][2]),
    ("m.image", "map.png", "image/png", PNG),
    ("m.file", "page.html", "application/octet-stream", FILES[2][2]),
]


async def test_files_stand_in_the_posts_thread_by_its_author_in_order(book):
    await book.post(POST)
    head, *following = book.messages
    assert (
        "Attached: minutes.txt (1 kB), map.png (1 kB), page.html (1 kB)" in head["content"]["body"]
    )
    assert stand(book) == AS_FILES
    for number, one in enumerate(following, start=1):
        content = one["content"]
        assert one["sender"] == head["sender"]
        assert content["m.relates_to"]["event_id"] == head["event_id"]
        assert content["m.mentions"] == {}
        assert content["org.seconded.source"] == [
            {"list": LIST_ID, "message_id": message_id_hash(POST.message_id), "part": number}
        ]


async def test_a_replys_files_stand_in_the_same_thread_and_answer_it(book):
    reply = Mail("Files.3", "Here.\n", "Re: Minutes", "oskar", ("Files.1",), files=FILES[:1])
    await book.post(POST, reply)
    root = await book.event_of(POST)
    assert files(book)[-1]["content"]["m.relates_to"]["event_id"] == root
    answered = files(book)[-1]["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
    assert answered == await book.event_of(reply)


async def test_a_large_file_holds_up_no_words(book):
    book.homeserver.upload = refuse(Transient("502", outcome_unknown=True))
    await book.post(POST, REPLY)
    assert "Thank you." in book.messages[-1]["content"]["body"]
    assert files(book) == []
    del book.homeserver.upload
    await book.later(minutes=10)
    assert stand(book) == AS_FILES


def refuse(error):
    async def upload(*_):
        raise error

    return upload


async def test_a_file_over_the_limit_is_a_sentence_in_its_place(book):
    book.homeserver.upload_limit = 100
    await book.post(POST)
    said = [one["content"]["body"] for one in book.messages[1:]]
    assert said == [
        "minutes.txt",
        "map.png (1 kB) does not stand here: the homeserver takes no files over 1 kB.",
        "page.html",
    ]
    assert await book.read(outbox.shunted) == []


async def test_a_refused_file_is_set_aside_and_stands_when_it_is_put_back(book):
    book.homeserver.upload = refuse(Permanent("M_FORBIDDEN"))
    await book.post(POST)
    aside = await book.read(outbox.shunted)
    assert len(aside) == 6
    assert (await book.books()).mirrored == 1
    del book.homeserver.upload

    def put_back(tx):
        for one in aside:
            outbox.unshunt(tx, one.id, echo_wait_ms=0)

    await book.store.write(put_back)
    await book.quiet()
    assert stand(book) == AS_FILES


@pytest.mark.parametrize("name", ["file.read", "file.uploaded", "matrix.carried"])
async def test_a_bridge_that_ends_at_any_place_of_an_upload_shows_each_file_once(begin, name):
    book = await begin()
    falls = iter((True, True, True))

    def fall():
        if next(falls, False):
            raise Killed

    with armed({name: fall}):
        await book.post(POST)
    await book.later(minutes=5)
    assert book.restarts == 3
    assert stand(book) == AS_FILES
    assert len(book.homeserver.media) <= len(FILES) + 3


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.long)])
async def test_a_bridge_killed_at_any_moment_shows_each_file_once(begin, step):
    whole = await begin()
    before = whole.knife.moments
    await whole.post(POST)
    for moment in range(before, whole.knife.moments + 1, step):
        book = await begin(kill=once(moment))
        await book.post(POST)
        await book.later(minutes=5)
        assert stand(book) == AS_FILES, moment


@pytest.mark.parametrize("how", [{"times": 3}, {"kill": every(41)}])
async def test_files_stand_once_when_everything_happens_again(begin, how):
    book = await begin(**how)
    await book.post(POST, REPLY)
    await book.later(minutes=5)
    assert stand(book) == AS_FILES


async def test_a_lost_answer_leaves_at_most_a_file_that_nothing_shows(book):
    upload = book.homeserver.upload
    lost = []

    async def lose_first(*asked):
        address = await upload(*asked)
        if not lost:
            lost.append(address)
            raise Transient("the answer was lost", outcome_unknown=True)
        return address

    book.homeserver.upload = lose_first
    await book.post(POST)
    await book.later(minutes=5)
    assert stand(book) == AS_FILES
    assert len(book.homeserver.media) == len(FILES) + 1


async def test_the_same_file_twice_and_empty_ones_stand_once_and_not_at_all(book):
    twice = (*FILES[:1], *FILES[:1], ("empty.txt", "text/plain", b""))
    await book.post(Mail("Twice.1", "See below.\n", files=twice))
    assert stand(book) == AS_FILES[:1]
    assert "In the mail only: empty.txt (text/plain, empty)" in book.messages[0]["content"]["body"]


async def test_two_hundred_files_are_twenty_and_a_line(book):
    many = tuple((f"{n}.txt", "text/plain", str(n).encode()) for n in range(198))
    await book.post(Mail("Many.1", "See below.\n", files=many))
    assert len(files(book)) == 20
    assert "and 158 more" in book.messages[0]["content"]["body"]


async def test_an_over_long_post_is_three_parts_and_a_file(book):
    await book.post(Mail("Long.1", LONG, "[Pc] A long / story"))
    *parts, last = book.messages
    assert len(parts) == 3
    assert "the file below is the whole post" in parts[-1]["content"]["body"]
    assert last["content"]["filename"] == "A long - story.txt"
    ((_, _, kind, text),) = stand(book)
    assert kind == "text/plain"
    assert text.decode().startswith("From: Nadia Example\nDate: Thu 30 Oct 2025 07:59 UTC\n")
    assert "Subject: [Pc] A long / story\n\nParagraph 0 " in text.decode()
    assert "Paragraph 3999" in text.decode()
    assert b"@people.example" not in text


QUOTING = Mail("Quotes.1", "Yes.\n\n> Shall we?\n> Or not?\n", "Re: Shall we?")


async def test_full_as_a_reply_gives_the_whole_post_in_its_thread_once_uploaded(book):
    await book.post(QUOTING)
    root = await book.event_of(QUOTING)
    for _ in range(2):
        await book.says(OSKAR, "!full", reply_to=root)
    first, second = files(book)
    assert first["sender"] == book.homeserver.namespace.bot_id
    assert first["content"]["m.relates_to"]["event_id"] == root
    assert first["content"]["m.mentions"] == {"user_ids": [OSKAR]}
    assert first["content"]["url"] == second["content"]["url"]
    assert len(book.homeserver.media) == 1
    text = stand(book)[0][3].decode()
    assert "Yes.\n\n> Shall we?\n> Or not?\n" in text
    assert "PC mailing list" in text


async def test_full_in_a_thread_means_its_post_and_as_a_reply_there_the_answered_one(book):
    await book.post(POST, REPLY)
    root, reply = await book.event_of(POST), await book.event_of(REPLY)
    await book.says(OSKAR, "!full", thread=root)
    await book.says(OSKAR, "!full", thread=root, reply_to=reply)
    one, other = stand(book)[-2:]
    assert b"See the minutes." in one[3]
    assert b"Thank you." in other[3]
    thread = {e["content"]["m.relates_to"]["event_id"] for e in files(book)[-2:]}
    assert thread == {root}


async def test_full_after_an_over_long_post_uploads_nothing_new(book):
    long = Mail("Long.1", LONG)
    await book.post(long)
    await book.says(OSKAR, "!full", reply_to=await book.event_of(long))
    one, other = files(book)
    assert one["content"]["url"] == other["content"]["url"]


async def test_full_on_a_private_list_says_the_address(begin):
    book = await begin(changes={("lists", 0, "visibility"): "private"})
    await book.later(minutes=1)
    await book.post(QUOTING)
    await book.says(OSKAR, "!full", reply_to=await book.event_of(QUOTING))
    assert b"From: Nadia Example <nadia@people.example>\n" in stand(book)[0][3]


async def test_full_on_nothing_shows_the_right_form(book):
    await book.post(POST)
    chat = await book.says(OSKAR, "Hello.")
    for where in ({}, {"reply_to": chat}, {"thread": chat}):
        await book.says(OSKAR, "!full", **where)
        assert book.answer == "Write !full as a reply to a post from the list, or in its thread."


async def test_full_of_a_mail_that_is_not_kept_says_so(book):
    await book.post(QUOTING)
    later = book.clock.value + 1
    await book.store.write(lambda tx: inbox.drop_raw(tx, later, keep=()))
    await book.says(OSKAR, "!full", reply_to=await book.event_of(QUOTING))
    assert "older than what is kept here" in book.answer
