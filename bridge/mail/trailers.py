"""What stands at the end of a mail and is nobody's words: list footers, signatures, scrub markers.

Each recogniser yields line ranges and looks at few lines; to lose somebody's words is worse than
to show a footer, so in doubt a line is text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from bridge.mail.lines import SIGNATURE_MARK, Line, next_filled, paragraph_end
from bridge.mail.mobiles import is_mobile_line

MOST_FOOTER_LINES = 15
MOST_SIGNATURE_LINES = 15
MOST_MARKED_SIGNATURE_LINES = 40
"""After the exact ``-- `` of RFC 3676; a bare ``--`` is also used to divide text."""
SHORTEST_DISCLAIMER = 100
MOST_ADVERTISEMENT_LINES = 12

_RULE_LENGTH = 10
_SURE_RULE_LENGTH = 20
_RULE_SIGNS = "_-=#*~+"
_MIXED_RULE = re.compile(r"[-=~_*#+]{10,200}$|(?:[-_=~*] ){8,60}")
# What only a list's own footer says.
_SURE_LIST_WORDS = re.compile(
    r"listinfo|/mailman|unsubscri|désabonn|desabonn|désinscri|abmelden|austragen|abbestellen|"
    r"darse de baja|cancelar (?:la|tu) suscripci|cancelar (?:a )?(?:sua )?inscri|disiscri|"
    r"cancellarsi|uitschrijven|afmelden|avregistrera|avsluta prenumeration|afmeld|"
    r"wypisa[cć]|odhlásit|odhlásiť|leiratkoz|отписаться|отказаться от подписки|відписатися|"
    r"dezabon|abonelikten|配信停止|退会|退订|退訂|取消订阅|수신거부|구독 취소|"
    r"-leave@|-request@|-unsubscribe@|-help@|listserv|majordomo|google groups|groups\.google|"
    r"groups\.io|yahoogroups|lists\.sourceforge|hyperkitty|postorius|sympa|lists\.riseup",
    re.IGNORECASE,
)
_LIST_WORDS = re.compile(
    r"mailing[ -]?list|mailingliste|liste de diffusion|lista de (?:correo|distribuci|discuss)|"
    r"lista di (?:discussione|distribuzione)|postlista|e-postlista|maillist|levelez[oő]lista|"
    r"рассылк|список расс|розсилк|listy dyskusyjn|メーリングリスト|邮件列表|郵件論壇|메일링|"
    r"https?://lists?\.|@lists?\.|" + _SURE_LIST_WORDS.pattern,
    re.IGNORECASE,
)
# Mailman 2's archiver prints this below every page's text.
_ARCHIVE_LINE = re.compile(r"More information about the .{1,80} mailing list$")
_OPENERS = (
    "you received this message because you are subscribed",
    "you are receiving this message because",
    "you are receiving this mail because",
    "you are receiving this because you are subscribed",
    "to unsubscribe from this",
    "to unsubscribe, ",
    "to unsubscribe send",
    "to unsubscribe: ",
    "to post to this group",
    "sie erhalten diese nachricht, weil",
    "vous recevez ce message, car",
    "vous recevez ce message car",
    "has recibido este mensaje porque",
    "você recebeu essa mensagem porque",
    "hai ricevuto questo messaggio perch",
    "вы получили это сообщение, поскольку",
)
_ADVERTISED = re.compile(r"https?://|www\.|[a-z]\.com\b|!$", re.IGNORECASE)
# Mailman's marker is dashes, words in the list's language, dashes.
_SCRUB = re.compile(r"-{14} \S.{0,40} -{14}$|-{8} (?:next part|part suivante|nächster teil) -{8}$")
_SCRUBBED_WORDS = re.compile(r"^(?:Skipped content of type|\[Non-text portions of this message)")
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}[\w.\-+ ()]{0,60}$")
_SIGNATURE_MARKS = frozenset(
    {"--", SIGNATURE_MARK, "- --", "- -- ", "\u2014", "\u2013", "\u2014\u2014", "---- ", "__"}
)
_SURE_SIGNATURE_MARKS = frozenset({SIGNATURE_MARK, "- --", "- -- "})
_CONTACT = re.compile(r"@|\+?\d[\d ()/.-]{6,}|https?://|www\.|\bt(?:el|elefon|él)\b", re.IGNORECASE)
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
_MAILTRACK = "\u1427"
"""A letter of no language in use; Mailtrack leaves it above the signature."""
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_PGP_END = "-----END PGP SIGNATURE-----"
_PGP_MOST_LINES = 60


def scrubs(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of Mailman's scrub markers with the lines that name the attachment."""
    for k, line in enumerate(lines):
        if line.text.startswith("--------") and _SCRUB.match(line.text):
            end = paragraph_end(lines, k + 1, most=12)
            named = any("http" in below.text for below in lines[k + 1 : end])
            yield k, end if named else k + 1
        elif line.text.startswith(("Skipped content", "[Non-text")) and _SCRUBBED_WORDS.match(
            line.text
        ):
            yield k, k + 1


def footers(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of list footers, also of quoted ones whose depth changes half-way."""
    done = 0
    for k, line in enumerate(lines):
        text = line.text
        if not text or k < done:
            continue
        if text[0] in _RULE_SIGNS or text[0] == " ":
            end = _ruled_footer_end(lines, k)
            if end:
                yield k, end
                done = end
        elif text.startswith("More information") and _ARCHIVE_LINE.match(text):
            yield k, k + 1
        elif text[0] in "yYtTsSvVhHвВ" and text.casefold().startswith(_OPENERS):
            end = _footer_end(lines, k, line.depth, sure=True)
            if end and _is_last(lines, end, line.depth):
                yield k, end


def signatures(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of signatures: from ``-- `` to the next mark, quote or the end.

    A long one is text. Drawn lines above belong to it, and so do PGP's blocks and what phones add.
    """
    k = 0
    while k < len(lines):
        text = lines[k].text
        end = None
        if text in _SIGNATURE_MARKS:
            end = _signature_end(lines, k, marked)
        elif text.startswith("-----BEGIN PGP SIG"):
            end = _pgp_end(lines, k)
        elif text[:1] == "_" and _is_rule(text) and k not in marked:
            end = _contact_end(lines, k, marked)
        if end is None:
            k += 1
            continue
        yield (_drawn_above(lines, k) if text[:4] != "----" else k), end
        k = end


def mobile_lines(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of the lines phones and programs add at the end of a text."""
    last = None
    for k in range(len(lines) + 1):
        ends = (
            k == len(lines)
            or k in marked
            or (last is not None and lines[k].text and lines[k].depth != lines[last].depth)
        )
        if ends and last is not None:
            first = _mobile_start(lines, last, marked)
            if first is not None:
                yield first, last + 1
            last = None
        if k < len(lines) and lines[k].text and k not in marked:
            last = k


def disclaimers(lines: Sequence[Line], marked: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of legal and scanner's notices that end the author's text."""
    k = 0
    while k < len(lines):
        text = lines[k].text
        if not text or (
            k
            and lines[k - 1].text
            and lines[k - 1].depth == lines[k].depth
            and not _is_rule(lines[k - 1].text)
        ):
            k += 1
            continue
        opener = text.lstrip(" *_#>[(").casefold()
        end = None
        if opener.startswith(_DISCLAIMER_OPENERS):
            end = paragraph_end(lines, k, most=40)
            if not _is_legal(" ".join(each.text for each in lines[k:end])):
                end = _headed_end(lines, k, end)
        elif _SCANNED.match(text):
            end = paragraph_end(lines, k, most=6)
        if end is not None and _ends_text(lines, end, marked):
            yield (k - 1 if k and _is_rule(lines[k - 1].text) and k - 1 not in marked else k), end
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
        if not (_is_legal(text) or _SCANNED.match(text) or _is_rule(text)):
            return False
        end = stop
    return False


def _signature_end(lines: Sequence[Line], k: int, marked: Container[int]) -> int | None:
    below = next_filled(lines, k + 1, blanks=1)
    if below is not None and lines[k].text in ("--", SIGNATURE_MARK):
        is_version = _VERSION.match(lines[below].text)
        if is_version and lines[below].depth == lines[k].depth:
            # git's own: the version ends it, what follows is not a signature.
            return below + 1
    sure = lines[k].text in _SURE_SIGNATURE_MARKS
    limit = MOST_MARKED_SIGNATURE_LINES if sure else MOST_SIGNATURE_LINES
    end, filled = k + 1, 0
    while end < len(lines) and end not in marked and _same_run(lines, end, lines[k].depth):
        filled += bool(lines[end].text)
        if filled > limit or (not sure and len(lines[end].text) > 200):
            return None
        end += 1
    is_drawn = sum(_is_drawn(each.text) for each in lines[k:end]) > filled // 2
    while end > k + 1 and not lines[end - 1].text and lines[end - 1].depth != lines[k].depth:
        end -= 1
    weak = lines[k].text not in ("--", *_SURE_SIGNATURE_MARKS)
    if weak and not is_drawn and (filled > 6 or filled == 0):
        return None
    return end


def _same_run(lines: Sequence[Line], k: int, depth: int) -> bool:
    return lines[k].depth == depth or not lines[k].text


def _pgp_end(lines: Sequence[Line], k: int) -> int | None:
    if lines[k].text == _PGP_SIGNED:
        end = k + 1
        while end < len(lines) and lines[end].text.startswith(("Hash:", "NotDashEscaped")):
            end += 1
        return end
    if lines[k].text != _PGP_SIGNATURE:
        return None
    stop = min(k + _PGP_MOST_LINES, len(lines))
    return next((j + 1 for j in range(k, stop) if lines[j].text == _PGP_END), None)


def _contact_end(lines: Sequence[Line], k: int, marked: Container[int]) -> int | None:
    """Return where a short address block below a drawn line ends, which must end the text."""
    end = k + 1
    while end < len(lines) and end not in marked and _same_run(lines, end, lines[k].depth):
        end += 1
        if end - k > 12:
            return None
    below = [line.text for line in lines[k + 1 : end] if line.text]
    if not 1 <= len(below) <= 8 or any(len(text) > 70 for text in below):
        return None
    return end if sum(bool(_CONTACT.search(text)) for text in below) * 3 >= len(below) else None


def _drawn_above(lines: Sequence[Line], k: int) -> int:
    first = k
    while (
        first > 0 and k - first < 5 and lines[first - 1].text and _is_drawn(lines[first - 1].text)
    ):
        first -= 1
    return first


def _is_drawn(text: str) -> bool:
    """Say whether a line holds signs only, no letter and no digit."""
    if text == _MAILTRACK:
        return True
    return bool(text) and len(text) < 100 and not any(sign.isalnum() for sign in text)


def _mobile_start(lines: Sequence[Line], last: int, marked: Container[int]) -> int | None:
    first, k, depth = None, last, lines[last].depth
    while k >= 0 and k not in marked and _same_run(lines, k, depth):
        if lines[k].text:
            alone = k == 0 or not lines[k - 1].text or lines[k - 1].depth != depth
            if not is_mobile_line(lines[k].text, is_alone=alone or first is not None):
                break
            first = k
        k -= 1
    return first


def _ruled_footer_end(lines: Sequence[Line], k: int) -> int | None:
    """Return where the footer below a drawn line ends; None when there is none."""
    text, depth = lines[k].text, lines[k].depth
    is_dashes = text in ("--", SIGNATURE_MARK)
    if not is_dashes and not _is_rule(text) and not _MIXED_RULE.match(text):
        return None
    sure_rule = text[0] == "_" and len(text) >= _SURE_RULE_LENGTH
    crowded = k > 0 and lines[k - 1].text and lines[k - 1].depth == depth
    if crowded and not sure_rule and not is_dashes and not _is_closed(lines, k):
        return None
    end = _footer_end(lines, k + 1, depth, sure=not sure_rule)
    if end:
        return end if sure_rule or _is_last(lines, end, depth) else None
    return _advertisement_end(lines, k)


def _is_closed(lines: Sequence[Line], k: int) -> bool:
    """Say whether the same drawn line comes again below: a frame, as ezmlm's and groups.io's."""
    below = lines[k + 1 : k + MOST_FOOTER_LINES]
    return any(line.text == lines[k].text for line in below) or len(lines[k].text) > 60


def _advertisement_end(lines: Sequence[Line], k: int) -> int | None:
    """Return where the list's footer ends that follows an advertisement; or a short one at the end.

    SourceForge drew dashes, an advertisement and then Mailman's line; Hotmail and Yahoo drew
    underscores, two lines, and the mail was over.
    """
    if len(lines[k].text) < 40:
        return None
    below = next_filled(lines, k + 1, blanks=1)
    stop = min(k + MOST_ADVERTISEMENT_LINES, len(lines))
    for j in range(k + 1, stop):
        if lines[j].text and _is_rule(lines[j].text) and lines[j].text[0] == "_":
            return _footer_end(lines, j + 1, lines[j].depth, sure=False)
    if below is None or lines[k].text[0] != "_":
        return None
    end = paragraph_end(lines, below, most=4)
    advertised = any(_ADVERTISED.search(line.text) for line in lines[below:end])
    short = end - below <= 3 and sum(len(line.text) for line in lines[below:end]) < 240
    return end if advertised and short and _is_last(lines, end, lines[k].depth) else None


def _is_last(lines: Sequence[Line], end: int, depth: int) -> bool:
    """Say whether no text of this depth follows but markers, drawn lines and other footers."""
    below = next_filled(lines, end, blanks=len(lines))
    if below is None or lines[below].depth != depth:
        return True
    text = lines[below].text
    return (
        _is_rule(text)
        or bool(_SCRUB.match(text))
        or bool(_ARCHIVE_LINE.match(text))
        or bool(_SURE_LIST_WORDS.search(text))
        or text in ("--", SIGNATURE_MARK)
    )


def _footer_end(lines: Sequence[Line], k: int, depth: int, *, sure: bool) -> int | None:
    """Return where the footer that begins at ``k`` ends, None when it names no list.

    In a quote a footer's lines may be less quoted than its rule: clients wrap them apart.
    """
    words = _SURE_LIST_WORDS if sure else _LIST_WORDS
    end: int | None = None
    limit = min(k + MOST_FOOTER_LINES, len(lines))
    paragraph = next_filled(lines, k, blanks=1)
    while paragraph is not None and paragraph < limit:
        stop = paragraph
        while stop < limit and _is_footer_line(lines[stop], depth):
            stop += 1
        # A later paragraph belongs to the footer only if it begins like one.
        looked_at = lines[paragraph : stop if end is None else min(paragraph + 1, stop)]
        if not any(words.search(line.text) for line in looked_at):
            break
        end = stop
        if stop < len(lines) and lines[stop].text and _is_frame(lines[stop]):
            end = stop + 1
        following = next_filled(lines, end, blanks=2)
        if following is None or lines[following].depth != lines[stop - 1].depth:
            break
        paragraph = following
    return end


def _is_frame(line: Line) -> bool:
    return _is_rule(line.text) or bool(_MIXED_RULE.match(line.text))


def _is_footer_line(line: Line, rule_depth: int) -> bool:
    fits = line.depth == 0 if rule_depth == 0 else 0 < line.depth <= rule_depth
    return fits and bool(line.text) and not _is_rule(line.text)


def _is_rule(text: str) -> bool:
    stripped = text.strip()
    return (
        len(stripped) >= _RULE_LENGTH
        and stripped[0] in _RULE_SIGNS
        and not stripped.strip(stripped[0])
    )


def _is_legal(text: str) -> bool:
    words = {match.group().casefold() for match in _LEGAL_WORDS.finditer(text)}
    return len(text) >= SHORTEST_DISCLAIMER and len(words) >= 3
