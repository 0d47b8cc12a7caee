"""A file leaves its mail for the homeserver, and its address is known before its event leaves."""

from hashlib import sha256

import pytest
from ballot_samples import LIST, POST
from fakes_matrix import NAMESPACE, FakeHomeserver
from hand_clock import HandClock
from playbook_cast import Mail

from bridge.delivery.files import UploadErrand, no_mails
from bridge.errors import Permanent
from bridge.ids import RoomId, UserId
from bridge.letters_files import WHOLE, Upload, upload_letter
from bridge.matrix.files import TOO_LARGE
from bridge.ports import RoomSpec

CONTENT = b"Nobody objected.\n"
MAIL = Mail("Files.1", "See below.\n", files=(("minutes.txt", "text/plain", CONTENT),))
SHA = sha256(CONTENT).hexdigest()


@pytest.fixture
def homeserver():
    return FakeHomeserver(HandClock())


async def errand(homeserver, *, what=SHA, raw=MAIL.raw, sender=None):
    room = await homeserver.ensure_room(RoomSpec("list_pc", "PC", "t", private=False))
    asked = Upload(
        list_id=LIST,
        message_id=POST,
        inbox_id=7,
        sender=sender or UserId("@list_ghost:hs.test"),
        display_name="Nadia (list)",
        name="minutes.txt",
        type="text/plain",
        what=what,
        head="Subject: x\n",
        posting_address="pc@lists.example.org",
    )

    async def mails(inbox_id):
        assert inbox_id == 7
        return raw

    return UploadErrand(mails, RoomId(room), upload_letter(asked).payload)


async def test_an_attachment_is_uploaded_byte_by_byte_by_its_author(homeserver):
    address = await (await errand(homeserver)).carry(homeserver, None)
    kept = homeserver.media[address]
    assert (kept.name, kept.type, kept.data) == ("minutes.txt", "text/plain", CONTENT)
    assert homeserver.names[kept.sender] == "Nadia (list)"


async def test_the_whole_post_is_made_when_it_leaves(homeserver):
    address = await (await errand(homeserver, what=WHOLE)).carry(homeserver, None)
    assert homeserver.media[address].data == b"Subject: x\n\nSee below.\n"


async def test_a_file_over_the_limit_becomes_a_sentence_and_no_fault(homeserver):
    homeserver.upload_limit = 3
    became = await (await errand(homeserver)).carry(homeserver, None)
    assert became == f"{TOO_LARGE}: 3"
    assert homeserver.media == {}


@pytest.mark.parametrize(
    ("raw", "what", "why"),
    [(b"", SHA, "not kept any more"), (MAIL.raw, "0" * 64, "not in its mail")],
)
async def test_a_file_that_is_not_there_is_for_a_human(homeserver, raw, what, why):
    with pytest.raises(Permanent, match=why):
        await (await errand(homeserver, raw=raw, what=what)).carry(homeserver, None)


async def test_a_stranger_uploads_nothing(homeserver):
    asked = await errand(homeserver, sender=UserId("@mallory:hs.test"))
    with pytest.raises(Permanent):
        await asked.carry(homeserver, None)


async def test_who_has_no_mails_has_no_files():
    assert await no_mails(7) == b""
    assert NAMESPACE.owns_user("@list_ghost:hs.test")
