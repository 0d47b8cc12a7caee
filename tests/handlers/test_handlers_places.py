import pytest
from playbook_cast import LIST_ID, Mail

from bridge.ids import MessageId
from bridge.store import threads
from handlers.places import Place, place_of


def name(of: str | None) -> MessageId | None:
    return None if of is None else MessageId(f"{of}@people.example")


@pytest.mark.parametrize(
    ("earlier", "new", "place"),
    [
        ([], Mail("a"), ("a", None, None)),
        ([Mail("a")], Mail("b", answers=("a",)), ("a", "a", None)),
        (
            [Mail("a"), Mail("b", answers=("a",))],
            Mail("c", answers=("a", "b")),
            ("a", "b", None),
        ),
        ([Mail("a")], Mail("c", answers=("a", "b")), ("a", "a", None)),
        ([], Mail("b", answers=("a",)), ("b", None, None)),
        ([Mail("b", answers=("a",))], Mail("c", answers=("a",)), ("b", None, None)),
        ([Mail("b", answers=("a",))], Mail("a"), ("a", None, "b")),
        ([Mail("a")], Mail("z"), ("z", None, None)),
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
    node = threads.record_references(desk.tx, LIST_ID, new.message_id, references)
    assert place_of(desk.conn, LIST_ID, node) == Place(*map(name, place))
