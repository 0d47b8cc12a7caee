from __future__ import annotations

from email import message_from_bytes

import pytest

from bridge.mail import limits
from bridge.mail.bodies import body_of, content_type, wrapped_message
from bridge.mail.headers import Headers

PLAIN = b"Content-Type: text/plain; charset=utf-8\n\n%s\n"
HTML = b"Content-Type: text/html; charset=utf-8\n\n%s\n"


def multipart(kind, *parts):
    joined = b"".join(b"--b\n" + part for part in parts)
    return b"Content-Type: multipart/" + kind + b"; boundary=b\n\n" + joined + b"--b--\n"


def read(raw):
    return body_of(message_from_bytes(raw))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (PLAIN % b"own", "own\n"),
        (b"\nown\r\nwords\r\n", "own\nwords\n"),
        (HTML % b"<p>own</p>", "own\n"),
        (multipart(b"alternative", PLAIN % b"plain", HTML % b"<p>html</p>"), "plain\n"),
        (multipart(b"alternative", HTML % b"<p>html</p>", PLAIN % b"plain"), "plain\n"),
        (multipart(b"alternative", PLAIN % b" ", HTML % b"<p>html</p>"), "html\n"),
        (multipart(b"mixed", PLAIN % b"own", PLAIN % b"footer"), "own\n\nfooter\n"),
        (multipart(b"mixed", HTML % b"own", PLAIN % b"footer"), "own\n\nfooter\n"),
        (multipart(b"related", HTML % b"own", PLAIN % b"other"), "own\n"),
        (multipart(b"signed", PLAIN % b"own", b"Content-Type: application/pgp\n\nx\n"), "own\n"),
        (multipart(b"report", PLAIN % b"bounced", PLAIN % b"details"), "bounced\n"),
        (b"Content-Transfer-Encoding: base64\n\nY2Fmw6k=\n", "café\n"),
        (b"Content-Type: text/plain; format=flowed\n\na \nb\n", "a b\n"),
        (b"Content-Type: nonsense\n\nown\n", "own\n"),
        (b"Content-Type: multipart/mixed; boundary=b\n\nno delimiter", "no delimiter\n"),
        (b"Content-Type: application/pdf\n\nx", ""),
        (b"\n\xef\xbb\xbfown\n", "own\n"),
    ],
)
def test_the_best_text_is_found(raw, text):
    assert read(raw).text == text


def test_an_html_mail_stays_one_when_the_list_puts_its_footer_beside_it():
    html = HTML % b"<p>It is <b>good</b>:</p><ul><li>a</li></ul>"
    body = read(multipart(b"mixed", html, b"Content-Type: text/plain\n\n____\nPC <list>\n"))
    assert body.rich is not None
    assert len(body.rich) == body.text.count("\n")
    assert [(each.block, each.html) for each in body.rich if each.html] == [
        ("p", "It is <strong>good</strong>:"),
        ("li", "a"),
        ("p", "____"),
        ("p", "PC &lt;list&gt;"),
    ]


def test_an_attached_message_is_a_forward():
    inner = (
        b"Content-Type: message/rfc822\n\nFrom: Jane <jane@example.org>\nSubject: old\n\nhello\n"
    )
    text = read(multipart(b"mixed", PLAIN % b"see", inner)).text
    assert text == (
        "see\n\n---------- Forwarded message ---------\n"
        "From: Jane <jane@example.org>\nSubject: old\n\nhello\n"
    )


def test_attachments_are_listed_with_harmless_names():
    pdf = b'Content-Type: application/pdf; name="a/../b\xc3\xa9\x01.pdf"\n\n%PDF\n'
    text = b'Content-Type: text/plain\nContent-Disposition: attachment; filename="x.txt"\n\nx\n'
    body = read(multipart(b"mixed", PLAIN % b"own", pdf, text, b"Content-Type: image/png\n\nx\n"))
    assert body.text == "own\n"
    assert [each.name for each in body.attachments] == ["bé .pdf", "x.txt", "attachment"]
    assert [each.type for each in body.attachments] == [
        "application/pdf",
        "text/plain",
        "image/png",
    ]
    assert body.attachments[0].size == 4


def test_a_text_longer_than_the_limit_is_cut_and_said_to_be():
    body = read(b"\n" + b"words \n" * 200_000)
    assert body.is_cut
    assert len(body.text) == limits.TEXT


def test_a_list_wraps_a_whole_mail():
    inner = b"Content-Type: message/rfc822\n\nFrom: Jane <jane@example.org>\n\nhello\n"
    assert wrapped_message(message_from_bytes(inner))["from"] == "Jane <jane@example.org>"
    mixed = message_from_bytes(multipart(b"mixed", inner, PLAIN % b"footer"))
    assert wrapped_message(mixed)["from"] == "Jane <jane@example.org>"
    assert wrapped_message(message_from_bytes(PLAIN % b"own")) is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [("Text/HTML; charset=x", "text/html"), ("", "text/plain"), ("a/b/c", "text/plain")],
)
def test_an_unreadable_content_type_is_plain_text(value, kind):
    assert content_type(Headers((("content-type", value),))) == kind
