import pytest
from playbook_cast import LIST_ID, Mail

from bridge.ids import MessageId
from bridge.store import threads
from handlers.places import Split, place_of, splits_of


def name(of: str | None) -> MessageId | None:
    return None if of is None else MessageId(f"{of}@people.example")


@pytest.mark.parametrize(
    ("earlier", "new", "place"),
    [
        ([], Mail("a"), ("a", None)),
        ([Mail("a")], Mail("b", answers=("a",)), ("a", "a")),
        (
            [Mail("a"), Mail("b", answers=("a",))],
            Mail("c", answers=("a", "b")),
            ("a", "b"),
        ),
        ([Mail("a")], Mail("c", answers=("a", "b")), ("a", "a")),
        ([], Mail("b", answers=("a",)), ("b", None)),
        ([Mail("b", answers=("a",))], Mail("c", answers=("a",)), ("b", None)),
        ([Mail("b", answers=("a",))], Mail("a"), ("a", None)),
        ([Mail("a")], Mail("z"), ("z", None)),
    ],
    ids=[
        "the first of a thread",
        "an answer",
        "an answer to an answer",
        "an answer whose parent is missing",
        "an answer whose root is missing",
        "a second answer whose root is missing",
        "a root that comes late",
        "another thread",
    ],
)
def test_a_post_stands_where_its_thread_is(desk, earlier, new, place):
    for mail in earlier:
        desk.mail(mail)
    references = tuple(name(one) for one in new.answers)
    joined = threads.record_references(desk.tx, LIST_ID, new.message_id, references)
    found = place_of(desk.conn, LIST_ID, joined)
    assert (found.head, found.reply_to) == tuple(map(name, place))


@pytest.mark.parametrize(
    ("mails", "splits"),
    [
        ([Mail("a"), Mail("b", answers=("a",))], []),
        ([Mail("b", answers=("a",)), Mail("c", answers=("a",))], []),
        ([Mail("b", answers=("a",)), Mail("a")], [("a", "b", True)]),
        (
            [Mail("c", answers=("b",)), Mail("a"), Mail("b", answers=("a",))],
            [("a", "c", True)],
        ),
        (
            [Mail("a"), Mail("c", answers=("b",)), Mail("b", answers=("a",))],
            [("a", "c", False)],
        ),
        (
            [
                *(Mail("c", answers=("b",)), Mail("a"), Mail("e", answers=("d",))),
                *(Mail("b", answers=("a",)), Mail("d", answers=("b",))),
            ],
            [("a", "c", True), ("a", "e", False)],
        ),
    ],
    ids=[
        "in order",
        "the root is missing",
        "the root comes late",
        "the middle comes last, after a late root",
        "the middle comes last",
        "two middles come last",
    ],
)
def test_a_thread_is_split_where_its_mails_came_out_of_order(desk, mails, splits):
    for mail in mails:
        desk.mail(mail)
    node = threads.node_of(desk.conn, LIST_ID, mails[-1].message_id)
    found = splits_of(desk.conn, LIST_ID, node.root)
    assert found == [Split(name(one), name(other), late) for one, other, late in splits]
