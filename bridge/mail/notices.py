"""Legal and scanners' notices that end a text: nobody's words."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from bridge.mail.lines import Line, is_rule, next_filled, paragraph_end

SHORTEST_DISCLAIMER = 100


_DISCLAIMER_OPENERS = (
    "this e-mail", "this email", "this message", "this communication", "this transmission",
    "the information", "the contents of this", "information in this", "the content of this",
    "confidential", "disclaimer", "notice:", "privacy notice", "legal notice", "important notice",
    "warning", "caution", "if you are not the", "if you have received", "any views expressed",
    "ce message", "ce courriel", "cet e-mail", "ce mail", "les informations", "le présent message",
    "diese e-mail", "diese nachricht", "dieses e-mail", "der inhalt dieser", "die information",
    "este mensaje", "este correo", "la información", "aviso legal", "esta mensagem", "este e-mail",
    "este email", "aviso", "questo messaggio", "questa e-mail", "le informazioni",
    "ai sensi", "dit bericht", "deze e-mail", "de informatie", "detta meddelande", "denna e-post",
    "denne e-mail", "denne e-post", "tämä viesti", "ta wiadomość", "niniejsza wiadomość",
    "treść tej", "tato zpráva", "táto správa", "ez az üzenet", "acest mesaj", "настоящее сообщение",
    "это сообщение", "данное сообщение", "этот e-mail", "bu e-posta", "bu mesaj", "本邮件",
    "本電子",
    "このメール", "本メール", "이 메일", "본 메일",
)  # fmt: skip

_LEGAL_WORDS = re.compile(
    r"confidential|intended|recipient|addressee|privileged|unauthori[sz]ed|disclos|dissemin|"
    r"copying|distribut|delete|prohibited|liab|in error|virus|"
    r"vertraulich|empfänger|adressat|irrtümlich|unbefugt|löschen|vernicht|"
    r"confidentiel|destinataire|erreur|divulg|autoris|détrui|diffusion|"
    r"confidencial|destinat[aá]ri|error|prohibi|elimin|autoriza|divulga|apagar|"
    r"riservat|destinatari|errore|vietat|distrugg|vertrouwelijk|geadresseerde|abusievelijk|"
    r"konfidentiell|mottagare|fortrolig|modtager|luottamuksell|vastaanottaja|poufn|adresat|"
    r"důvěrn|příjemc|bizalmas|címzett|confidențial|конфиденциальн|адресат|получател|ошиб|"
    r"gizli|alıcı|机密|保密|收件人|機密|受信者|기밀|수신인",
    re.IGNORECASE,
)

_SCANNED = re.compile(
    r"^\W{0,4}(?:this (?:e-?mail|message) (?:has been|was) (?:checked|scanned)|virus-?free\b|"
    r"(?:scanned|checked) (?:by|for) |no virus found|outgoing mail is certified|"
    r"diese e-?mail wurde (?:von|auf)|dieses? e-?mail.{0,20} (?:virenfrei|avast)|"
    r"l'absence de virus|garanti sans virus|ce(?:t)? (?:e-?mail|courrier|courriel) .{0,40}virus|"
    r"el software de antivirus|libre de virus|este (?:e-?mail|correo) .{0,60}virus|"
    r"livre de v[ií]rus|questa e-?mail è stata controllata|mail priva di virus|"
    r"(?:p )?please consider the environment|think before you print|"
    r"(?:please )?consider (?:the|your) environment|pensez à l'environnement|"
    r"questo messaggio e' stato analizzato|antivirus vérifié)",
    re.IGNORECASE,
)


def disclaimers(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of legal and scanner's notices that end the author's text."""
    k = 0
    while k < len(lines):
        text = lines[k].text
        if not text or (
            k
            and lines[k - 1].text
            and lines[k - 1].depth == lines[k].depth
            and not is_rule(lines[k - 1].text)
        ):
            k += 1
            continue
        opener = text.lstrip(" *_#>[(").casefold()
        end = None
        if opener.startswith(_DISCLAIMER_OPENERS):
            end = paragraph_end(lines, k, most=40)
            if not _is_legal(" ".join(each.text for each in lines[k:end])):
                end = _headed_end(lines, k, end)
        if end is None and _SCANNED.match(text):
            end = paragraph_end(lines, k, most=6)
        if end is not None and _ends_text(lines, end, marked):
            yield (k - 1 if k and is_rule(lines[k - 1].text) and k - 1 not in marked else k), end
            k = end
        else:
            k += 1


def _headed_end(lines: Sequence[Line], k: int, end: int) -> int | None:
    """Return where the notice below a heading of its own ("DISCLAIMER:") ends."""
    if len(lines[k].text) > 60:
        return None
    below = next_filled(lines, end, blanks=2)
    if below is None or end - k > 1:
        return None
    stop = paragraph_end(lines, below, most=40)
    return stop if _is_legal(" ".join(each.text for each in lines[below:stop])) else None


def _ends_text(lines: Sequence[Line], end: int, marked: Container[int]) -> bool:
    """Say whether nothing of the author's follows but more legal paragraphs."""
    for _ in range(4):
        below = next_filled(lines, end, blanks=len(lines))
        if below is None or below in marked or lines[below].depth != lines[end - 1].depth:
            return True
        stop = paragraph_end(lines, below, most=40)
        text = " ".join(each.text for each in lines[below:stop])
        if not (_is_legal(text) or _SCANNED.match(text) or is_rule(text)):
            return False
        end = stop
    return False


def _is_legal(text: str) -> bool:
    if len(text) < SHORTEST_DISCLAIMER:
        return False
    words = {match.group().casefold() for match in _LEGAL_WORDS.finditer(text)}
    return len(words) >= 3
