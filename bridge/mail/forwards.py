"""Heads of forwards and of Outlook's unmarked quotes, in some 24 languages.

Two shapes: a marker line ("---------- Forwarded message ---------", "Begin forwarded message:")
with or without a header block below, and a bare header block (From, Sent, To, Subject) as Outlook
writes it above what it forwards or answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.mail.lines import Line, next_filled, paragraph_end

LONGEST_MARKER = 100
MOST_HEADER_LINES = 15

# Parts of the word "forwarded" as Gmail, Thunderbird, Apple Mail and Outlook write it.
_FORWARDED = (
    "forward transf transm réexpédi weitergeleitet reenviad reencaminhad encaminhad inoltrat "
    "doorgestuurd vidarebefordra videresend przekazan przesłan пересыла пересланн перенаправ "
    "переадрес προωθ iletil přeposlan továbbított välitetty edelleenlähetetty redirecționat "
    "proslijeđen chuyển diteruskan מועבר توجيه 转发 轉寄 転送 전달"
)
_FORWARD_WORDS = tuple(_FORWARDED.split())
# What stands above an unmarked quote; a forward only when the subject says so.
_ORIGINAL_WORDS = (
    "original message",
    "message d'origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "ursprüngliche nachricht",
    "oorspronkelijk bericht",
    "originalmeddelande",
    "oprindelig meddelelse",
    "wiadomość oryginalna",
    "исходное сообщение",
)
_HEADER_WORDS: Mapping[str, str] = {
    "from": (
        "from von de da van från fra od от kimden lähettäjä feladó από 差出人 发件人 寄件者 "
        "보낸사람"
    ),
    "date": (
        "date sent datum gesendet envoyé fecha enviado enviada data inviato verzonden skickat "
        "sendt dato wysłano дата отправлено tarih gönderme päiväys 日時 送信日時 日期 发送时间 날짜"
    ),
    "subject": (
        "subject betreff objet asunto assunto oggetto onderwerp ämne emne temat тема konu aihe "
        "tárgy θέμα předmět 件名 主题 主旨 제목"
    ),
    "to": "to an à para a aan till til do кому kime vastaanottaja címzett προς 宛先 收件人",
    "cc": "cc kopie copie copia kopia копия",
}
_HEADER_NAMES = {word: name for name, words in _HEADER_WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a forward or of an unmarked quote.

    Attributes:
        first: its first line.
        end: one past its last line; the content begins there.
        is_forward: a marker says so; otherwise the reader decides.
        meta: ``from``, ``date``, ``subject``, ``to`` as far as they are there.
    """

    first: int
    end: int
    is_forward: bool
    meta: Mapping[str, str]


def heads(lines: Sequence[Line]) -> Iterator[Head]:
    """Yield every head, in order."""
    k = 0
    while k < len(lines):
        text = lines[k].text
        # Most lines can be no head; this looks at each of them once, cheaply.
        head = _head_at(lines, k) if text and (":" in text or text[0] in "-_") else None
        if head:
            yield head
        k = head.end if head else k + 1


def _head_at(lines: Sequence[Line], k: int) -> Head | None:
    text = lines[k].text
    if len(text) <= LONGEST_MARKER:
        if text.startswith("--") and text.endswith("--"):
            return _dashed(lines, k, text.strip("- ").casefold())
        if text.endswith(":") and _says(text.casefold(), _FORWARD_WORDS):
            return _announced(lines, k)
    return _bare(lines, k)


def _dashed(lines: Sequence[Line], k: int, words: str) -> Head | None:
    is_forward = _says(words, _FORWARD_WORDS)
    if not is_forward and not _says(words, _ORIGINAL_WORDS):
        return None
    end, meta = _header_block(lines, k + 1)
    return Head(k, end, is_forward, meta)


def _announced(lines: Sequence[Line], k: int) -> Head | None:
    """Read "Begin forwarded message:"; a sentence that ends so has no header block below."""
    end, meta = _header_block(lines, k + 1)
    return Head(k, end, is_forward=True, meta=meta) if "from" in meta else None


def _bare(lines: Sequence[Line], k: int) -> Head | None:
    """Read Outlook's block; a Jira or Bugzilla block lacks one of the three names."""
    is_rule = len(lines[k].text) >= 20 and not lines[k].text.strip("_")
    if not is_rule and ((k > 0 and lines[k - 1].text) or _header_name(lines[k].text) != "from"):
        return None
    end, meta = _header_block(lines, k + 1 if is_rule else k)
    wanted = {"from", "date", "subject"} <= meta.keys()
    return Head(k, end, is_forward=False, meta=meta) if wanted else None


def _header_block(lines: Sequence[Line], k: int) -> tuple[int, Mapping[str, str]]:
    """Return where the header block below a marker ends and what it says; maybe empty."""
    first = next_filled(lines, k, blanks=2)
    if first is None or _header_name(lines[first].text) is None:
        return k, {}
    end = paragraph_end(lines, first, most=MOST_HEADER_LINES)
    meta: dict[str, str] = {}
    name = None
    for line in lines[first:end]:
        found = _header_name(line.text)
        if found:
            name, value = found, line.text.partition(":")[2]
            meta.setdefault(name, value.strip(" *\t\u00a0"))
        elif name:
            # A wrapped value goes on in the next line.
            meta[name] = f"{meta[name]} {line.text.strip()}".strip()
    return end, {name: value for name, value in meta.items() if name != "cc"}


def _header_name(text: str) -> str | None:
    word, colon, _ = text[:40].partition(":")
    return _HEADER_NAMES.get(word.strip(" *\u00a0\u202f").casefold()) if colon else None


def _says(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)
