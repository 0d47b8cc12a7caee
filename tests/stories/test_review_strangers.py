"""What a stranger writes into a mail or a room costs only the stranger."""

from copy import deepcopy

from config_samples import OPTIONS
from playbook import Playbook
from playbook_cast import CHAIR, OSKAR, REQUEST, Mail

from bridge.letters import room_key
from bridge.store import outbox, threads
from bridge.store.rooms import room_of

LIST = OPTIONS["lists"][0]["id"]
OTHER = {
    **deepcopy(OPTIONS["lists"][0]),
    "id": "other.lists.example.org",
    "name": "other",
    "facilitators": [],
    "posting_address": "other@lists.example.org",
    "bridge_address": "other-bridge@bridge.example.org",
    "intake_address": "other-k3j5h7@bridge.example.org",
}


async def test_a_mail_with_thousands_of_references_is_mirrored_by_its_nearest(book: Playbook):
    await book.post(Mail("parent", answers=("root",)))
    many = ("root", *(f"made-up-{n}" for n in range(350)), "parent")
    await book.post(Mail("child", answers=many))
    above = await book.read(lambda c: threads.ancestors(c, LIST, Mail("child").message_id))
    assert above[0] == Mail("parent").message_id
    assert len(above) <= threads.MOST_REFERENCES


async def test_a_word_in_one_room_answers_no_ballot_of_another(begin):
    book = await begin(changes={("lists", 1): OTHER})
    card = await book.opens()
    other = await book.read(lambda c: room_of(c, OTHER["id"]))
    book.homeserver.say(other.room_id, OSKAR, "!endorse", thread=card)
    book.homeserver.say(other.room_id, CHAIR, "confirm", reply_to=card)
    await book.quiet()
    assert await book.acts() == []


async def test_a_reason_in_the_log_holds_no_words_of_a_stranger(book, logged):
    raw = b"List-Id: <jane@people.example>\r\nMessage-ID: <a@x>\r\n\r\nHi.\r\n"
    await book.receive(raw)
    assert "jane@people.example" in (await book.outcomes())[0][1]
    assert "jane@people.example" not in repr(logged)
    assert [one["why"] for one in logged if one.get("kind") == "mail"] == ["not from the list"]


async def test_a_reaction_with_an_id_no_database_holds_stops_nothing(book):
    event = {
        "type": "m.reaction",
        "event_id": "$odd",
        "room_id": book.room_id,
        "sender": "@mallory:hs.test",
        "origin_server_ts": 1,
        "content": {
            "m.relates_to": {"rel_type": "m.annotation", "event_id": "$\ud800", "key": "x"}
        },
    }
    book.homeserver._pushed.append(event)
    await book.post(REQUEST)
    assert len(book.messages) == 1
    assert (await book.read(lambda c: outbox.by_key(c, room_key(LIST)))).state == "sent"
