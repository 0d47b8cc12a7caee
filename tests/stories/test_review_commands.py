"""A command that was left behind is not obeyed hours later."""

from bridge.intake import list_lane
from bridge.store import answers, inbox

COMMAND = {
    "list_id": "pc.lists.example.org",
    "name": "ballot",
    "verb": "withdraw",
    "arguments": {"ballot": "1", "reason": "left behind", "yes": "yes"},
    "text": "",
}


async def test_a_command_a_bridge_did_not_live_to_obey_is_not_obeyed_by_the_next(opened):
    lane = list_lane(opened.config.lists[0].id)
    for key, minutes in (("old", 2), ("new", 0)):
        await opened.store.write(
            lambda tx, key=key: inbox.add(
                tx, lane=lane, kind="command", key=key, raw=b"", meta=COMMAND
            )
        )
        await opened.later(minutes=minutes)
    old, new = [await opened.read(lambda c, k=k: answers.answer_to(c, k)) for k in ("old", "new")]
    assert old == (False, "No bridge ran when this was asked for; nothing was done. Ask again.")
    assert new == (True, "b/1 is withdrawn.")
