from __future__ import annotations

import gzip
import io

from bridge.mail.archive import read_mails, read_stream
from bridge.mail.limits import MAIL, over_limit

MAILS = [b"From: <a@example.org>\n\none\n", b"From: <b@example.org>\n\ntwo\n"]
SEPARATOR = b"From x at example.org  Mon Nov  3 12:10:34 2025\n"
OBFUSCATED = [b"From: a at example.org\n\none\n", b"From: b at example.org\n\ntwo\n"]
MBOX = b"".join(SEPARATOR + mail + b"\n" for mail in OBFUSCATED)


def test_a_mail_an_mbox_and_a_gzipped_one_are_read(tmp_path):
    (tmp_path / "one.eml").write_bytes(MAILS[0])
    (tmp_path / "all.mbox").write_bytes(MBOX)
    (tmp_path / "all.txt.gz").write_bytes(gzip.compress(MBOX))
    assert list(read_mails(tmp_path / "one.eml")) == MAILS[:1]
    assert list(read_mails(tmp_path / "all.mbox")) == MAILS
    assert list(read_mails(tmp_path / "all.txt.gz")) == MAILS


def test_a_maildir_is_read_from_cur_and_new(tmp_path):
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "cur" / "1:2,S").write_bytes(MAILS[0])
    (tmp_path / "new" / "2").write_bytes(MAILS[1])
    (tmp_path / "tmp" / "3").write_bytes(b"half")
    assert list(read_mails(tmp_path)) == MAILS


def test_a_directory_is_read_in_the_order_of_names(tmp_path):
    (tmp_path / "b.eml").write_bytes(MAILS[1])
    (tmp_path / "a.eml").write_bytes(MAILS[0])
    (tmp_path / "picture.png").write_bytes(b"not a mail")
    assert list(read_mails(tmp_path)) == MAILS


def test_an_empty_stream_has_no_mail():
    assert list(read_stream(io.BytesIO(b"\n\n"))) == []


def test_of_a_mail_without_end_only_the_limit_is_read():
    (raw,) = read_stream(io.BytesIO(b"a: b\n\n" + b"x" * (MAIL + 1000)))
    assert len(raw) == MAIL + 1
    assert over_limit(raw)
