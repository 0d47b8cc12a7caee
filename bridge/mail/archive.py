"""Mails in files: a mail, an mbox (also gzipped), a Maildir, a directory, or standard input.

Only reads. Files are streamed, so that an archive of any size fits into little memory.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from bridge.mail.limits import MAIL
from bridge.mail.mbox import begins_mail, split_mbox
from bridge.mail.pipermail import deobfuscated

MAIL_SUFFIXES = frozenset({"", ".eml", ".mbox", ".mbx", ".txt", ".gz", ".mail", ".msg", ".email"})
_MAILDIR = ("cur", "new")


def read_mails(path: Path) -> Iterator[bytes]:
    """Yield the raw mails of a file or directory, in the order of their names.

    Raises:
        OSError: it cannot be read.
    """
    if not path.is_dir():
        yield from _file_mails(path)
        return
    if any((path / name).is_dir() for name in _MAILDIR):
        files = [
            each for name in _MAILDIR if (path / name).is_dir() for each in (path / name).iterdir()
        ]
    else:
        files = [each for each in path.rglob("*") if each.suffix.lower() in MAIL_SUFFIXES]
    for each in sorted(files):
        if each.is_file() and not each.name.startswith("."):
            yield from _file_mails(each)


def read_stream(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the raw mails of a stream: an mbox if it begins like one, else one mail."""
    lines = iter(stream)
    first = next(lines, b"")
    while first and not first.strip():
        first = next(lines, b"")
    if begins_mail(first):
        yield from map(deobfuscated, split_mbox(chain([first], lines)))
    elif first:
        # One byte over the limit is enough for the parser to say so.
        yield deobfuscated(_limited(chain([first], lines), MAIL + 1))


def _limited(lines: Iterable[bytes], size: int) -> bytes:
    kept, left = [], size
    for line in lines:
        kept.append(line[:left])
        left -= len(line)
        if left <= 0:
            break
    return b"".join(kept)


def _file_mails(path: Path) -> Iterator[bytes]:
    with _opened(path) as stream:
        yield from read_stream(stream)


def _opened(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")
