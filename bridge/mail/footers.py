"""The footers lists and their hosts put below mails.

In doubt a line is text: to lose somebody's words is worse than to show a footer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bridge.mail.lines import RULE_SIGNS, SIGNATURE_MARK, Line, is_rule, next_filled, paragraph_end
from bridge.mail.scrubs import is_scrub

MOST_FOOTER_LINES = 15
MOST_RULES = 1_000
"""A budget: no mail has as many drawn lines."""

MOST_ADVERTISEMENT_LINES = 12


_SURE_RULE_LENGTH = 20


_MARKS = ("--", SIGNATURE_MARK)
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


def footers(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of list footers, also of quoted ones whose depth changes half-way."""
    done = seen = 0
    for k, line in enumerate(lines):
        text = line.text
        if not text or k < done:
            continue
        if text[0] in RULE_SIGNS or text[0] == " ":
            end = _ruled_footer_end(lines, k) if seen < MOST_RULES else None
            seen += text in _MARKS or is_rule(text)
            if end:
                yield k, end
                done = end
        elif text.startswith("More information") and _ARCHIVE_LINE.match(text):
            yield k, k + 1
        elif text[0] in "yYtTsSvVhHвВ" and text.casefold().startswith(_OPENERS):
            end = _footer_end(lines, k, line.depth, sure=True)
            if end and _is_last(lines, end, line.depth):
                yield k, end


def _ruled_footer_end(lines: Sequence[Line], k: int) -> int | None:
    """Return where the footer below a drawn line ends; None when there is none."""
    text, depth = lines[k].text, lines[k].depth
    is_dashes = text in _MARKS
    if not is_dashes and not is_rule(text) and not _MIXED_RULE.match(text):
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
        if lines[j].text and is_rule(lines[j].text) and lines[j].text[0] == "_":
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
        is_rule(text)
        or is_scrub(text)
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
        # Less quoted, it opens the footer of the list that carried the quoted mail again.
        if stop < len(lines) and lines[stop].depth == lines[stop - 1].depth:
            end = stop + 1 if _is_frame(lines[stop]) else stop
        following = next_filled(lines, end, blanks=2)
        if following is None or lines[following].depth != lines[stop - 1].depth:
            break
        paragraph = following
    return end


def _is_frame(line: Line) -> bool:
    return bool(line.text) and (is_rule(line.text) or bool(_MIXED_RULE.match(line.text)))


def _is_footer_line(line: Line, rule_depth: int) -> bool:
    fits = line.depth == 0 if rule_depth == 0 else 0 < line.depth <= rule_depth
    return fits and bool(line.text) and line.text not in _MARKS and not is_rule(line.text)
