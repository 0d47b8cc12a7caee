"""Lines that phones and mail programs add below a text: "Sent from my iPhone", in any language."""

from __future__ import annotations

import re
from typing import Final

LONGEST = 140
MOST_WORDS = 16
_FEW_WORDS = 7

_OPENERS: Final = (
    "sent from", "sent via", "sent with", "sent by", "sent using", "sent on",
    "get outlook",
    "get bluemail", "from my ", "envoyé de", "envoyé depuis", "envoyé à partir", "envoyé avec",
    "envoyé via", "télécharger outlook", "téléchargez outlook", "obtenir outlook",
    "obtenez outlook",
    "von meinem", "von unterwegs gesendet", "gesendet von", "gesendet mit", "gesendet aus",
    "mobil gesendet", "outlook für", "holen sie sich outlook", "diese nachricht wurde von mein",
    "enviado desde", "enviado a través", "enviado do", "enviado de", "enviado pel", "enviado por",
    "enviado via", "enviado a partir", "obtener outlook", "obter o outlook", "inviato da",
    "inviata da", "inviato con", "scarica outlook", "ottieni outlook", "verzonden vanaf",
    "verstuurd vanaf", "verzonden met", "verstuurd met", "verzonden via", "outlook downloaden",
    "outlook voor", "skickat från", "skickades från", "hämta outlook", "sendt fra", "sendt med",
    "hent outlook", "få outlook", "lähetetty", "hanki outlook", "wysłane z", "wysłano z",
    "wysłane przez", "pobierz outlook", "odesláno z", "odoslané z", "poslano iz", "poslano s ",
    "получить outlook", "отправлено с", "отправлено из", "надіслано з", "відправлено з",
    "изпратено от", "послато са", "trimis de pe", "trimis din", "trimis cu", "elküldve", "küldve",
    "στάλθηκε από", "εστάλη από", "iphone'umdan", "ipad'imden", "نشرسل", "أرسلت من", "أُرسلت من",
    "تم الإرسال من", "נשלח מ", "發自我的", "发自我的", "從我的", "从我的", "寄自我的", "傳送自",
    "내 iphone", "나의 iphone", "iphoneから", "ipadから", "ส่งจาก", "được gửi từ", "dikirim dari",
    "saadetud minu", "nosūtīts no", "išsiųsta iš", "enviat des de", "nire iphone",
)  # fmt: skip
_DEVICES = re.compile(
    r"iphone|ipad|ipod|android|blackberry|galaxy|samsung|huawei|xiaomi|windows (?:phone|mail)|"
    r"outlook|k-9 mail|proton ?mail|yahoo mail|mobil|smartphone|handy|téléphone|phone",
    re.IGNORECASE,
)
_FROM_DEVICE = re.compile(
    r"\b(?:from|via|by|de|von|da|vom|mit) (?:my |a |mein\w* |mon )?\w*\s?"
    r"(?:mobile|phone|iphone|ipad|galaxy|android)\b",
    re.IGNORECASE,
)
# A sentence about a telephone is no such line.
_WORDS_OF_PROSE = (
    "i is are was the it works work use try does do and but not this that you we they can if have"
)
_PROSE: Final = frozenset(_WORDS_OF_PROSE.split())
_GERMAN_END = re.compile(
    r"(?:gesendet|gestuurd|verzonden|送信|傳送|发送|gönderildi|보냄)\.?$", re.IGNORECASE
)
_BRACKETS = re.compile(r"[\[\]<>()*_]")
_AROUND = ' *_-<([{>)]}.\u2022\t\u00a0\u200b\ufeff"'


def is_mobile_line(text: str, *, is_alone: bool) -> bool:
    """Say whether a program added this line.

    Args:
        text: of a line that ends a text.
        is_alone: no other line stands above it in its paragraph but ones of this kind.
    """
    if len(text) > LONGEST:
        return False
    said = " ".join(_BRACKETS.sub("", text).strip(_AROUND).casefold().split())
    words = said.split()
    if not words or len(words) > MOST_WORDS:
        return False
    if said.startswith(_OPENERS):
        return True
    if _PROSE & set(words):
        return False
    if _GERMAN_END.search(said) and _DEVICES.search(said):
        return True
    return is_alone and len(words) <= _FEW_WORDS and bool(_FROM_DEVICE.search(said))
