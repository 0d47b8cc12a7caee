"""What type a file of a mail is served as: nothing that a browser could run; pure.

Whoever opens a file from a room asks the homeserver for it, in the end perhaps in a browser that
is logged in there. So the type is not what the mail says but what this table allows. Whatever is
not in it (HTML, SVG, XML, JavaScript, Flash, what was invented yesterday) is handed out as bytes
to save. PDF stays: its scripts run in the viewer's sandbox and not in the homeserver's origin,
homeservers serve it for saving only, and telephones open by the type what people attach most.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OCTETS: Final = "application/octet-stream"

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"
_INERT: Final = frozenset(
    {
        *("text/plain", "text/csv", "application/json", "application/rtf", "application/pdf"),
        *("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        *(f"{_OFFICE}.{one}" for one in ("wordprocessingml.document", "spreadsheetml.sheet")),
        f"{_OFFICE}.presentationml.presentation",
        *(f"{_OPEN}.{one}" for one in ("text", "spreadsheet", "presentation")),
        *("application/zip", "application/gzip", "application/epub+zip"),
        *("image/png", "image/jpeg", "image/gif", "image/webp"),
        *("audio/mpeg", "audio/ogg", "video/mp4", "video/webm"),
    }
)
_ALIASES: Final[Mapping[str, str]] = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "text/comma-separated-values": "text/csv",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "text/rtf": "application/rtf",
}
_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# How a file begins that is what it says; what is not listed is believed.
_MAGIC: Final[Mapping[str, tuple[bytes, ...]]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}
_NAMED_ONLY: Final = frozenset(
    {
        *("application/pgp-signature", "application/pgp-encrypted", "application/pgp-keys"),
        *("application/pkcs7-signature", "application/x-pkcs7-signature"),
        *("text/calendar", "application/ics", "application/ms-tnef"),
    }
)


def served_type(declared: str, data: bytes) -> str:
    """Return the type under which a file may be handed out.

    Args:
        declared: what the mail says, in lower case and without parameters.
        data: the file; one that does not begin as its type does is bytes.
    """
    kind = _ALIASES.get(declared, declared)
    if kind not in _INERT:
        return OCTETS
    magic = _MAGIC.get(kind)
    is_so = magic is None or data.startswith(magic)
    if kind == "image/webp":
        is_so = is_so and data[8:12] == b"WEBP"
    return kind if is_so else OCTETS


def is_image(served: str) -> bool:
    """Tell whether a room shows it as an image: one of four kinds whose bytes agree."""
    return served in _IMAGES


def is_named_only(declared: str | None) -> bool:
    """Tell whether nobody wants the file: signatures, keys, calendar entries of mail programs."""
    return declared in _NAMED_ONLY
