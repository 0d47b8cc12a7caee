"""format=flowed (RFC 3676) -> lines as the author meant them."""

from __future__ import annotations

SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool = False) -> str:
    """Return the text with soft line breaks removed; line ends are LF.

    Args:
        text: a text/plain part with format=flowed, line ends LF.
        delsp: the part says DelSp=yes: the soft break's space is no text (section 4.1).
    """
    paragraphs: list[str] = []
    open_depth: int | None = None
    parts: list[str] = []
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        # Space-stuffing (section 4.4): one leading space is not text.
        content = content.removeprefix(" ")
        is_signature = content == SIGNATURE
        if open_depth is not None and (depth != open_depth or is_signature):
            # A change of depth ends a paragraph whatever it ends in (section 4.5).
            paragraphs.append(_quoted(open_depth, "".join(parts)))
            parts, open_depth = [], None
        is_soft = content.endswith(" ") and not is_signature
        parts.append(content[:-1] if is_soft and delsp else content)
        if is_soft:
            open_depth = depth
        else:
            paragraphs.append(_quoted(depth, "".join(parts)))
            parts, open_depth = [], None
    if open_depth is not None:
        paragraphs.append(_quoted(open_depth, "".join(parts)))
    return "\n".join(paragraphs)


def _quoted(depth: int, text: str) -> str:
    return f"{'>' * depth} {text}" if depth else text
