"""A file is uploaded once, in its list's lane, before the event that shows it."""

from dataclasses import replace

import pytest
from ballot_samples import LIST, POST

from bridge.ids import ListId, MessageId, UserId
from bridge.letters import PostPart, Say, files_lane, post_letter, say_letter
from bridge.letters_files import WHOLE, Upload, upload_key, upload_letter
from bridge.store.mirror import post_key

GHOST = UserId("@list_ghost:hs.test")
UPLOAD = Upload(LIST, POST, 7, GHOST, "Bruno (list)", "a.txt", "text/plain", "0" * 64)


def test_the_same_file_has_the_same_key_whoever_uploads_it():
    letter = upload_letter(UPLOAD)
    other = upload_letter(replace(UPLOAD, sender=UserId("@bot:hs.test"), display_name=None))
    assert letter.key == other.key == upload_key(LIST, POST, "0" * 64, "a.txt")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "b.txt"},
        {"what": "1" * 64},
        {"what": WHOLE},
        {"message_id": MessageId("other@example.org")},
        {"list_id": ListId("other.example.org")},
    ],
)
def test_another_file_has_another_key(change):
    assert upload_letter(replace(UPLOAD, **change)).key != upload_letter(UPLOAD).key


def test_the_whole_text_is_uploaded_once_under_whatever_name():
    one, other = (replace(UPLOAD, what=WHOLE, name=name) for name in ("a.txt", "b.txt"))
    assert upload_letter(one).key == upload_letter(other).key


def test_no_letter_holds_the_bytes_and_each_waits_for_the_one_before():
    upload = upload_letter(replace(UPLOAD, after=post_key(LIST, POST, 0)))
    part = PostPart(LIST, POST, 1, GHOST, "Bruno (list)", {}, POST, file=upload.key)
    shown, said = post_letter(part), say_letter(Say(LIST, "k", {}, file=upload.key))
    assert (upload.needs, shown.needs, said.needs) == (
        post_key(LIST, POST, 0),
        upload.key,
        upload.key,
    )
    assert upload.lane == shown.lane == files_lane(LIST)
    assert upload.payload["inbox_id"] == 7
