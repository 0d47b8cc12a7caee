"""Private lists fail closed: at the start, and whatever order the homeserver's news come in."""

from playbook_cast import MODERATOR, REQUEST

PRIVATE = {("lists", 0, "visibility"): "private"}
RULES = "m.room.join_rules"


async def test_a_room_that_was_opened_while_we_were_away_gets_nothing_at_the_start(begin):
    book = await begin(changes=PRIVATE)
    book.homeserver._set(book.room_id, MODERATOR, RULES, "", {"join_rule": "public"})
    book.homeserver.take_transaction()
    await book.restart()
    await book._distribute(REQUEST.raw)
    await book._drain()
    await book._deliver()
    assert book.messages == []
    await book.quiet()
    assert book.messages == []


async def test_a_room_that_is_still_private_at_the_start_gets_its_posts(begin):
    book = await begin(changes=PRIVATE)
    await book.restart()
    await book.post(REQUEST)
    assert len(book.messages) == 1


async def test_old_news_opens_no_room(begin):
    book = await begin(changes=PRIVATE)
    invite, public = {"join_rule": "invite", "n": 1}, {"join_rule": "public"}
    for content in (invite, public):
        book.clock.value += 1
        book.homeserver._set(book.room_id, MODERATOR, RULES, "", content)
    book.homeserver._pushed.reverse()
    await book.quiet()
    await book.post(REQUEST)
    assert book.messages == []
