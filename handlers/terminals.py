"""What a sentence of ours says to somebody at a terminal: the form of the command line, not chat's.

Verbs and keys are the same through both doors; how they are written is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bridge.matrix.forms import BALLOT_KEYS, CHAIR_FORMS

_PHRASES: Final[Mapping[str, str]] = {
    "!ballot amend b/42 editorial, or: substantive, as a reply to the new text": (
        "seconded ballot amend 42 --label editorial, or: substantive, with --post MESSAGE-ID or "
        "--text-file FILE"
    ),
    "write the command again, as a reply to the same message.": "give the command again.",
    "Reply to the message that holds the text.": (
        "Say --post with the Message-ID of a post of the list, or --text-file FILE with it."
    ),
    "confirm=yes": "--yes",
}
_KEYS: Final = sorted({*BALLOT_KEYS, *(key for form in CHAIR_FORMS for key in form.keys)})
_VERB: Final = re.compile(r"!ballot ([a-z]+)(?: b/(\d+))?")
_KEY: Final = re.compile(rf"(?<![\w?&-])({'|'.join(_KEYS)})=(?=(.?))")


def at_a_terminal(sentence: str) -> str:
    """Return a sentence with commands and arguments as the command line takes them."""
    for chat, terminal in _PHRASES.items():
        sentence = sentence.replace(chat, terminal)
    return _KEY.sub(_option, _VERB.sub(_command, sentence))


def _command(found: re.Match[str]) -> str:
    verb, number = found.groups()
    return f"seconded ballot {verb}" + (f" {number}" if number else "")


def _option(found: re.Match[str]) -> str:
    key, after = found.groups()
    option = "-k" if key == "k" else f"--{key.replace('_', '-')}"
    # A key that is only named takes no value: "comments= must lie before closes=".
    return option if after in {"", " ", ":", ".", ",", ";"} else f"{option} "
