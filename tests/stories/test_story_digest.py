"""The daily digest: what is new since the last one, once a day, and only if something is."""

import re
from urllib.parse import unquote

import pytest
from playbook import Playbook, end_of, every
from playbook_cast import CHAIR, OSKAR, PRIYA, QUENTIN, REQUEST, ROSA, START, STRANGER, Mail

HOUR = 3_600_000
DIGEST = {("lists", 0, "digest"): {"at": "18:00", "zone": "Europe/Zurich"}}
SIX = START + 9 * HOUR
"""Thu 30 Oct 2025 17:00 UTC, 18:00 in Zurich, where winter time has begun."""
DAY = 24 * HOUR
SECRET = "Chat is nobody's business but the room's"


@pytest.fixture
async def daily(begin) -> Playbook:
    """Return a story whose list has a digest at 18:00 in Zurich, with an open ballot."""
    book = await begin(changes=DIGEST)
    await book.opens()
    return book


def digests(book: Playbook) -> list[str]:
    return [mail.replace("\r\n", "\n") for mail in book.mails if "<digest." in mail]


def subject_of(mail: str) -> str:
    folded = re.split(r"\n(?=\S)", mail.partition("\nSubject: ")[2])[0]
    return " ".join(folded.split())


def table(mail: str) -> dict[str, int]:
    rows = re.findall(r"^    (\S.*?) \.{3,} +(\d+)", mail, re.MULTILINE)
    return {label: int(number) for label, number in rows}


def part(mail: str, heading: str) -> str:
    """Return what stands below a heading, up to the next empty line."""
    return mail.partition(heading)[2].partition("\n\n")[0]


async def test_a_day_is_told_with_its_numbers_and_what_is_new(daily):
    await daily.taps(OSKAR)
    await daily.taps(PRIYA, "✋")
    await daily.taps(STRANGER)
    await daily.at(SIX)
    (digest,) = digests(daily)
    assert subject_of(digest).endswith("v1 -- 87 hours left, 1 objection")
    shown, counted = table(digest), await daily.tally()
    assert shown["endorse"] == counted.endorse == 1
    assert shown["object"] == counted.object == 1
    assert shown["not heard from"] == counted.silent == 5
    assert sum(shown.values()) == counted.base == 7
    new = part(digest, "NEW SINCE ")
    assert re.search(r"\+ endorse +Oskar Example\n", new)
    assert "! object  Priya Example, no reason given yet" in new
    assert re.search(r"NOT COUNTED YET \(1\)\n  not on the roll \.+ +1\n", digest)
    head = await daily.read(lambda c: c.exec_driver_sql("SELECT head FROM ballots").scalar_one())
    assert f"\n  head of the log\n  {head}\n" in digest
    call = daily.mails[0].partition("Message-ID: <")[2].partition(">")[0]
    assert f"In-Reply-To: <{call}>" in digest


async def test_the_second_day_tells_only_what_came_since_the_first(daily):
    yes = await daily.taps(OSKAR)
    hand = await daily.taps(PRIYA, "✋")
    await daily.at(SIX)
    await daily.removes(PRIYA, hand)
    await daily.taps(PRIYA, "🆗")
    await daily.taps(ROSA, "⚪")
    await daily.removes(OSKAR, yes)
    await daily.at(SIX + DAY)
    _, second = digests(daily)
    new = part(second, "NEW SINCE ")
    assert new.startswith("Thu 30 Oct 2025 17:00 UTC\n")
    assert re.search(r"\+ abstain +Rosa Example\n", new)
    assert "~ changed  Priya Example: object -> no objection" in new
    assert "- withdrew  Oskar Example" in new
    assert "endorse  " not in new
    assert sum(table(second).values()) == 7


async def test_a_day_without_news_has_no_digest_and_the_next_one_covers_it(daily):
    await daily.at(SIX)
    await daily.at(SIX + DAY)
    await daily.at(SIX + DAY + 5 * HOUR)
    assert len(digests(daily)) == 1, "the opening itself was news"
    await daily.taps(OSKAR)
    await daily.at(SIX + 2 * DAY)
    assert len(digests(daily)) == 2
    assert part(digests(daily)[1], "NEW SINCE ").startswith("Thu 30 Oct 2025 17:00 UTC")


async def test_what_the_room_said_is_counted_and_never_copied(daily):
    root = await daily.event_of(REQUEST)
    await daily.says(OSKAR, SECRET, thread=root)
    await daily.says(PRIYA, SECRET, thread=root)
    await daily.says(PRIYA, SECRET, thread=daily.card)
    removed = await daily.says(QUENTIN, SECRET)
    await daily.removes(QUENTIN, removed)
    await daily.taps(ROSA, "👍", on=root)
    await daily.taps(QUENTIN, "👍🏿", on=root)
    await daily.taps(QUENTIN, SECRET, on=root)
    await daily.at(SIX)
    (digest,) = digests(daily)
    assert "nobody's business" not in digest
    assert "WHAT THE ROOM SAID (3 messages of 2 people)" in digest
    links = re.findall(r"^    https://matrix.to/#/\S+$", digest, re.MULTILINE)
    for event, link in zip((root, daily.card), links, strict=True):
        assert unquote(link).endswith(f"/{event}")
        digest = digest.replace(f"{link}\n", "")
    assert (
        "  Joint statement on open consultations\n"
        "    2 messages of 2 people\n"
        "    reactions: thumbs up 2, other 1\n"
        "  b/1 Joint statement on open consultations\n"
        "    1 message of 1 person\n"
    ) in digest


async def test_of_chat_no_word_and_no_name_is_kept(daily):
    await daily.says(OSKAR, SECRET)
    rows = await daily.read(
        lambda conn: conn.exec_driver_sql("SELECT * FROM chat_messages").mappings().all()
    )
    (row,) = [dict(one) for one in rows]
    assert SECRET not in str(row)
    assert "oskar" not in str(row)


async def test_a_list_without_a_digest_gets_none_and_counts_no_chat(opened):
    await opened.says(OSKAR, SECRET)
    await opened.taps(OSKAR)
    await opened.later(days=2)
    assert digests(opened) == []
    count = "SELECT count(*) FROM chat_messages"
    assert await opened.read(lambda conn: conn.exec_driver_sql(count).scalar_one()) == 0


async def test_talk_alone_is_worth_a_digest_and_silence_is_not(begin):
    book = await begin(changes=DIGEST)
    await book.post(REQUEST, Mail("Other.1", subject="[PC] Minutes"))
    await book.at(SIX)
    assert digests(book) == []
    await book.says(OSKAR, "Good.", thread=await book.event_of(Mail("Other.1")))
    await book.at(SIX + DAY)
    (digest,) = digests(book)
    assert subject_of(digest) == "[DIGEST] no ballot open, 1 message in the room"
    assert "In-Reply-To" not in digest


async def test_several_ballots_are_one_digest(daily):
    command = daily.messages[1]["content"]["body"]
    await daily.says(CHAIR, command, reply_to=await daily.event_of(REQUEST))
    await daily.taps(CHAIR, "✅", on=daily.preview)
    await daily.listed()
    await daily.at(SIX)
    (digest,) = digests(daily)
    assert subject_of(digest) == "[DIGEST] 2 ballots open, 0 messages in the room"
    assert "\nb/1 Joint" in digest
    assert "\nb/2 Joint" in digest


@pytest.mark.parametrize(("hours", "sent"), [(5, 1), (7, 0)], ids=["same day", "next day"])
async def test_a_bridge_that_was_down_is_late_on_its_day_and_not_on_the_next(daily, hours, sent):
    await daily.taps(OSKAR)
    await daily.store.close()
    daily.clock.value = SIX + hours * HOUR
    await daily.start()
    await daily.quiet()
    assert len(digests(daily)) == sent
    await daily.taps(ROSA)
    await daily.at(SIX + DAY)
    new = part(digests(daily)[-1], "NEW SINCE ")
    assert ("Oskar" in new) is (sent == 0)
    assert "Rosa" in new


async def test_a_digest_that_was_not_sent_within_a_day_is_not_sent(daily):
    daily.smtp.reply_at("MAIL FROM", 451)
    await daily.at(SIX)
    expires = "SELECT expires_at FROM outbox WHERE key LIKE 'mail:digest%%'"
    assert await daily.read(lambda conn: conn.exec_driver_sql(expires).scalar_one()) == SIX + DAY


async def two_days(book: Playbook) -> None:
    await book.opens()
    await book.taps(OSKAR)
    await book.says(OSKAR, "Good.", thread=await book.event_of(REQUEST))
    await book.at(SIX + HOUR)
    await book.taps(ROSA, "⚪")
    await book.says(ROSA, "Fine.", thread=book.card)
    await book.at(SIX + DAY + HOUR)
    await book.at(SIX + 2 * DAY + HOUR)


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    return {}


async def told(book: Playbook) -> dict[str, object]:
    end = await end_of(book)
    return {name: end[name] for name in ("acts", "mails", "books")}


@pytest.mark.parametrize("moments", [47, 83])
async def test_no_kill_and_no_second_delivery_makes_a_digest_more(
    begin, engine_name, kept, moments
):
    if engine_name not in kept:
        quiet = await begin(changes=DIGEST)
        await two_days(quiet)
        assert len(digests(quiet)) == 2
        kept[engine_name] = await told(quiet)
    book = await begin(changes=DIGEST, times=2, kill=every(moments))
    await two_days(book)
    assert book.restarts > 3
    assert len(digests(book)) == 2
    assert await told(book) == kept[engine_name]
