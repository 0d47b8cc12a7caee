"""How events point at each other."""

from bridge.matrix.facts import MessageSeen, ReactionSeen, parse_event
from bridge.matrix.relations import (
    annotation_content,
    in_reply,
    in_thread,
    mentions,
    pinned_content,
    replacing,
)

TEXT = {"msgtype": "m.text", "body": "Yes.", "formatted_body": "<p>Yes.</p>", "m.mentions": {}}


def seen(content, kind="m.room.message"):
    return parse_event(
        {
            "event_id": "$e",
            "room_id": "!r",
            "sender": "@a:hs.test",
            "origin_server_ts": 1,
            "type": kind,
            "content": content,
        }
    )


def test_a_thread_post_without_parent_is_no_reply():
    fact = seen(in_thread(TEXT, "$root"))
    assert isinstance(fact, MessageSeen)
    assert (fact.thread_root, fact.reply_to) == ("$root", None)


def test_a_thread_post_with_a_parent_is_a_reply_in_the_thread():
    fact = seen(in_thread(TEXT, "$root", "$parent"))
    assert (fact.thread_root, fact.reply_to) == ("$root", "$parent")


def test_a_reply_in_the_main_timeline_has_no_thread():
    fact = seen(in_reply(TEXT, "$parent"))
    assert (fact.thread_root, fact.reply_to) == (None, "$parent")


def test_an_edit_keeps_our_keys_in_both_places_and_its_relation_outside():
    edit = replacing({**in_thread(TEXT, "$root"), "org.seconded.ballot": {"id": 1}}, "$old")
    assert seen(edit).replaces == "$old"
    assert edit["org.seconded.ballot"] == edit["m.new_content"]["org.seconded.ballot"]
    assert "m.relates_to" not in edit["m.new_content"]
    assert edit["body"] == "* Yes."


def test_an_edit_of_plain_text_has_no_html():
    assert "formatted_body" not in replacing({"body": "x"}, "$old")


def test_a_reaction_is_read_back():
    fact = seen(annotation_content("$target", "✅"), "m.reaction")
    assert isinstance(fact, ReactionSeen)
    assert (fact.target, fact.key) == ("$target", "✅")


def test_nobody_is_mentioned_unless_named():
    assert mentions() == {}
    assert mentions("@jane:hs.test") == {"user_ids": ["@jane:hs.test"]}


def test_pins_are_a_list():
    assert pinned_content(("$a",)) == {"pinned": ["$a"]}
