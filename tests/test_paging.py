"""The pages follow the database: written, mended, rewritten, and removed with their list."""

from dataclasses import replace

from ballot_samples import CLOSES, LIST, OPENED, act, ballot
from domain.ledgers import draft
from histories import record_of
from structlog.testing import capture_logs

from bridge.domain.acts import Door
from bridge.domain.ballots import Ending, State
from bridge.ids import Instant, ListId
from bridge.paging import Pages, next_expiry
from bridge.store import ballots
from bridge.web.pages_folder import PAUSE_MS


async def test_a_page_is_written_rewritten_mended_and_removed(store, tmp_path):
    now = [OPENED]
    pages = Pages(tmp_path, {LIST})

    async def look(using=pages):
        await using.look(store, lambda: Instant(now[0]))
        found = tmp_path / "b" / "1.html"
        return found.read_text("utf-8") if found.exists() else None

    await store.write(lambda tx: ballots.record_ballot(tx, ballot(), None))
    first = await look()
    assert "Open consultations" in first
    await store.write(
        lambda tx: ballots.append_act(tx, act("ben", "endorse", OPENED), {"words": ""})
    )
    assert await look() == first
    now[0] += PAUSE_MS
    second = await look()
    assert second != first
    # A write that was missed, whatever the reason, is mended by the next start.
    (tmp_path / "b" / "1.html").unlink()
    assert await look(Pages(tmp_path, {LIST})) == second
    closed = ballot(state=State.WITHDRAWN)
    await store.write(lambda tx: ballots.update_ballot(tx, closed))
    assert "Withdrawn" in await look()
    assert await look(Pages(tmp_path, set())) is None
    assert list((tmp_path / "b").iterdir()) == []
    # The list is public again, which a restart alone can tell.
    assert "Withdrawn" in await look(Pages(tmp_path, {LIST}))


async def test_the_page_of_a_ballot_withdrawn_before_it_opened_stays_and_says_so(store, tmp_path):
    before = {"opened_at": None, "comments_until": CLOSES}
    made = ballot(state=State.COMMENT, **before)
    await store.write(lambda tx: ballots.record_ballot(tx, made, None))
    pages = Pages(tmp_path, {LIST})
    await pages.look(store, lambda: OPENED)
    ending = Ending(at=OPENED, was=State.COMMENT, by=made.chair, reason="The text was wrong.")
    over = ballot(state=State.WITHDRAWN, ending=ending, **before)
    await store.write(lambda tx: ballots.update_ballot(tx, over))
    await pages.look(store, lambda: OPENED)
    assert "The text was wrong." in (tmp_path / "b" / "1.html").read_text("utf-8")


async def test_a_ballot_of_a_private_list_never_leaves_a_byte(store, tmp_path):
    made = ballot(title="Nobody's business")
    await store.write(lambda tx: ballots.record_ballot(tx, made, None))
    pages = Pages(tmp_path / "pages", {ListId("other.lists.example.org")})
    await pages.look(store, lambda: OPENED)
    closed = replace(made, state=State.ANNOUNCED, closed_at=OPENED)
    await store.write(lambda tx: ballots.update_ballot(tx, closed))
    await pages.look(store, lambda: OPENED)
    assert list((tmp_path / "pages").rglob("*")) == []


async def test_a_folder_that_cannot_be_written_is_told_and_tried_again(store, tmp_path):
    (tmp_path / "pages").write_text("a file")
    await store.write(lambda tx: ballots.record_ballot(tx, ballot(), None))
    with capture_logs() as logs:
        await Pages(tmp_path / "pages", {LIST}).look(store, lambda: OPENED)
    assert [one["event"] for one in logs] == ["page_not_written"]


async def test_one_page_that_cannot_be_written_stops_no_other(store, tmp_path):
    diary = tmp_path / "b" / "1" / "diary.txt"
    diary.parent.mkdir(parents=True)
    diary.write_text("somebody's own")
    for number in (1, 2):
        made = ballot(number)
        await store.write(lambda tx, made=made: ballots.record_ballot(tx, made, None))
    pages = Pages(tmp_path, {LIST})
    with capture_logs() as logs:
        await pages.look(store, lambda: OPENED)
    assert [(one["event"], one["ballot"]) for one in logs if one["log_level"] == "error"] == [
        ("page_not_written", 1)
    ]
    assert (tmp_path / "b" / "2.html").is_file()
    diary.unlink()
    await pages.look(store, lambda: OPENED)
    assert (tmp_path / "b" / "1.html").is_file()


def test_a_hold_that_lies_is_looked_at_again_when_it_expires():
    record = record_of(ballot(), [draft("ada", Door.CHAT, "hold", at=10)])
    assert next_expiry(record) == 10_000 + record.ballot.rule.hold * 1000 or record.at > 10_000
    settled = replace(record.ballot, closed_at=OPENED)
    assert next_expiry(replace(record, row=replace(record.row, ballot=settled))) is None
