"""P18: nothing that a mail holds makes the bridge connect to anybody or look a name up."""

from __future__ import annotations

import itertools
import re

import pytest
from playbook_cast import Mail
from staying_here import watch

from bridge.matrix.html import TAGS

FAR = "http://far.example"
PARTS: tuple[str, ...] = (
    f"<img src={FAR}/a.png width=1 height=1>",
    f"<img srcset='{FAR}/b.png 2x' src='cid:a'>",
    f"<link rel=stylesheet href={FAR}/c.css><link rel=dns-prefetch href={FAR}>",
    f"<style>@import '{FAR}/d.css'; p {{ background: url({FAR}/d.png) }}</style>",
    f"<p style='background:url({FAR}/e.png)'>x</p>",
    f"<base href={FAR}/><a href=f>relative</a>",
    f"<object data={FAR}/g></object><embed src={FAR}/g>",
    f"<form action={FAR}/h method=post><input name=a value=b></form>",
    f"<meta http-equiv=refresh content='0;url={FAR}/i'>",
    f"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM '{FAR}/j'>]><a>&b;</a>",
    f"<svg><image href={FAR}/k /><use href={FAR}/k#a /></svg>",
    f"<iframe src={FAR}/l></iframe><video poster={FAR}/l src={FAR}/l></video>",
    f"<a href={FAR}/m ping={FAR}/m>{FAR}/m</a> jane@far.example",
)
HEADERS: tuple[tuple[str, ...], ...] = (
    (),
    (
        "DKIM-Signature: v=1; a=rsa-sha256; d=far.example; s=far; h=from:subject:date;",
        " bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=; b=YWJj",
    ),
    ("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=far.example; s=far; b=YWJj",),
    ("Disposition-Notification-To: <spy@far.example>", "Return-Receipt-To: <spy@far.example>"),
    (
        f"List-Unsubscribe: <{FAR}/n>, <mailto:leave@far.example>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ),
    (f"X-Face: {FAR}/o", f"Face: {FAR}/o", f"X-Image-URL: {FAR}/o", f"List-Archive: <{FAR}/o>"),
)
KINDS = ("text/plain; charset=utf-8", "text/html; charset=utf-8")
EXTERNAL = (
    f'Content-Type: message/external-body; access-type=URL; URL="{FAR}/p"\n\n'
    "Content-Type: text/plain\n\n"
)


def mails(count: int) -> list[Mail]:
    """Return mails in each of which something asks to be fetched, looked up or answered."""
    shapes = itertools.cycle(itertools.product(PARTS, HEADERS, KINDS))
    return [
        Mail(f"Far.{n}", f"{part}\n", f"See {FAR}/{n}", headers=_typed(headers, kind, n))
        for n, (part, headers, kind) in zip(range(count), shapes, strict=False)
    ]


def _typed(headers: tuple[str, ...], kind: str, number: int) -> tuple[str, ...]:
    # The first Content-Type counts, so this one comes before the mail's own.
    return (*headers, f"X-Number: {number}", f"Content-Type: {kind}")


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_five_hundred_mails_with_remote_content_reach_out_to_nobody(book):
    external = Mail(
        "External.1",
        f"--b\n{EXTERNAL}--b--\n",
        headers=("Content-Type: multipart/mixed; boundary=b",),
    )
    with watch.nothing_tried():
        await book.post(*mails(500), external)
    shown = [one["content"]["formatted_body"] for one in book.messages]
    assert len(shown) == 501
    tags = [tag for one in shown for tag in re.findall(r"<[^<>]*>", one)]
    assert {re.match(r"</?(\w+)", tag)[1] for tag in tags} <= TAGS
    assert book.smtp.delivered == []
