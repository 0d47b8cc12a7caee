"""Names that look like each other: a skeleton that is the same for all that the eye takes for one.

A stranger on a list can call himself what he likes, a member's name included. The idea is that
of Unicode's technical standard 39; the table is our own and coarser on purpose: two names too
many that share a skeleton cost a mark beside one of them, one too few could cost a vote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# What is drawn like each Latin letter: Cyrillic, Greek, Armenian, Cherokee, Hebrew, Latin with a
# stroke or a hook, small capitals, digits. NFKC has brought fullwidth, mathematical, circled and
# superscript letters home already, and accents are no part of a skeleton.
_DRAWN_ALIKE: Mapping[str, str] = {
    "a": "АаΑαᎪᴀɑⱥ@",
    "b": "ВвЬьΒβᏴʙƀɓ8",
    "c": "СсϹϲᏟᴄƈ",
    "d": "ԀԁᎠᴅđɖɗ",
    "e": "ЕеЄєҽΕεᎬᴇɇ€",
    "f": "ϝꜰƒ",
    "g": "ԌԍᏀɢǥɠցɡ9",
    "h": "НнҺһΗᎻʜħɦհ",
    "i": "ІіЇїΙιᎥɪɨıӀӏ1|!ו",
    "j": "ЈјϳᎫᴊɉ",
    "k": "КкΚκᏦᴋƙ",
    "l": "ԼᏞʟłƚɫɭן",
    "m": "МмΜᎷᴍɱ",
    "n": "ПпΝηᴎɲƞŋոռ",
    "o": "ОоΟοσᎤᴏøɵօסՕ0",
    "p": "РрΡρᏢᴘƥ",
    "q": "Ԛԛɋզ",
    "r": "ГгᏒʀɍɾ",
    "s": "ЅѕᏚꜱʂՏ$5",
    "t": "ТтΤτᎢᴛŧƭ",
    "u": "υᴜʉʋսՍ",
    "v": "ѴѵνᏙᴠ",
    "w": "ԜԝωᏔᴡ",
    "x": "ХхΧχ",
    "y": "УуҮүΥγʏɏƴ",
    "z": "ΖᏃᴢƶȥ",
}
_TABLE: Mapping[int, str] = {
    **{ord(drawn): letter for letter, alike in _DRAWN_ALIKE.items() for drawn in alike},
    # Negative circled and squared letters and regional signs have no compatibility form.
    **{first + k: chr(97 + k) for first in (0x1F150, 0x1F170, 0x1F1E6) for k in range(26)},
}
_PAIRS = (("rn", "m"), ("vv", "w"), ("i", "l"))
_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters to Unicode, nothing to the eye."""
_IN_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]{0,80}[)\]}]")
_LONGEST = 400


def skeleton(name: str) -> str:
    """Return what the eye keeps of a name: letters without marks, spaces and case.

    What stands in brackets beside it is left out: "Jane Doe (chair)" shall not pass for Jane Doe
    either. The result is for comparing only; '' where nothing is drawn.
    """
    # Before NFKC as well: it turns Ϲ, drawn like C, into Σ.
    whole = unicodedata.normalize("NFKC", name[:_LONGEST].translate(_TABLE))
    return _letters(_IN_BRACKETS.sub(" ", whole)) or _letters(whole)


def _letters(text: str) -> str:
    # Capitals first: the Greek Η is drawn like H, the small η like n.
    small = unicodedata.normalize("NFKD", text.translate(_TABLE)).casefold().translate(_TABLE)
    seen = "".join(sign for sign in small if sign.isalnum() and sign not in _BLANK)
    for drawn, alike in _PAIRS:
        seen = seen.replace(drawn, alike)
    return seen
