"""Bytes -> text that every later stage accepts: no NUL, no lone surrogate, never an exception."""

from __future__ import annotations

import codecs
import re

# bytes.decode knows codecs that are traps: utf-7 smuggles markup past every filter, punycode and
# idna are quadratic, unicode_escape runs escapes. So only these names, as codecs.lookup spells.
_SAFE = re.compile(
    r"(?:ascii|utf-8|utf-16(?:-[bl]e)?|utf-32(?:-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rutf]+|gb18030"
    r"|big5(?:hkscs)?|shift_jis(?:_2004|x0213)?|euc_(?:jp|kr|jis_2004)|iso2022_[a-z0-9_]+"
    r"|johab|mac-[a-z]+|tis-620|hz|ptcp154|kz1048)"
)
_LABEL = re.compile(r"[\w.:+-]{1,40}", re.ASCII)
# What labels mean in practice (WHATWG Encoding, section 4.2).
_MEANS = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030"}
_UNWANTED = re.compile("[\x00\ud800-\udfff]")


def decode(raw: bytes, label: str | None) -> str:
    """Return the text: by its label, else UTF-8, else cp1252; undecodable bytes are U+FFFD."""
    for name in (codec_name(label), "utf-8"):
        if name:
            try:
                return clean(raw.decode(name))
            except UnicodeError:
                continue
    return clean(raw.decode("cp1252", "replace"))


def clean(text: str) -> str:
    """Return the text with NUL and lone surrogates as U+FFFD."""
    return _UNWANTED.sub("\ufffd", text)


def codec_name(label: str | None) -> str | None:
    """Return Python's name of a charset label; None when unknown or unsafe."""
    word = (label or "").strip().strip("'\"")
    if not _LABEL.fullmatch(word):
        return None
    try:
        name = codecs.lookup(word).name
    except LookupError:
        return None
    name = _MEANS.get(name, name)
    return name if _SAFE.fullmatch(name) else None
