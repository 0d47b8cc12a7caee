"""Authentication-Results: read by the grammar of RFC 8601, and believed by place and name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mail.authresults import LONGEST_FIELD, own_results, parse_auth_results
from bridge.mail.rawfields import read_raw_mail

# The examples of RFC 8601 appendix B, and what servers write in practice.
AUTH = b'auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n spf=pass x.y="z"'
COMMENTED = (
    b" foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait)"
    b"\r\n fail policy (A dot) . (like that) expired = 1"
)
GOOGLE = (
    b"mx.google.com;\r\n dkim=pass header.i=@a.example header.s=x header.b=Ab+/Cd;\r\n"
    b" arc=pass (i=1 spf=pass (ok) dkim=pass);"
)
READ = [
    (b"example.org 1; none", "example.org", []),
    (b"example.com; spf=pass smtp.mailfrom=example.net", "example.com", [("spf", "pass")]),
    (b"example.com;\r\n " + AUTH, "example.com", [("auth", "pass"), ("spf", "pass")]),
    (b"mx.example.org; dkim/1=pass header.d=a.example;", "mx.example.org", [("dkim", "pass")]),
    (b'"mx.example.org"; dkim = PASS', "mx.example.org", [("dkim", "pass")]),
    (GOOGLE, "mx.google.com", [("dkim", "pass"), ("arc", "pass")]),
]
VOID = [
    *(b"", b";", b"; dkim=pass", b"a b; dkim=pass", b"a 2; none", b"a; dkim", b"a; dkim=pass x"),
    *(b"a; dkim=pass header.d=x header.d=y", b"a; dkim==pass", b"a; dkim=pass (", b"a; x=y)"),
    *(b'a; dkim="pass', b"a; dkim=pass;; spf=pass", b"a; \xc3=b", b"a; (\\", b"a=b; none"),
    b"a; " + b"x" * LONGEST_FIELD,
    # Comments and blanks inside the names of things: allowed, and seen in the RFC alone.
    COMMENTED,
]


@pytest.mark.parametrize(("value", "server", "results"), READ)
def test_a_field_says_who_found_what(value, server, results):
    found = parse_auth_results(value)
    assert found.authserv_id == server
    assert [(result.method, result.value) for result in found.results] == results


@pytest.mark.parametrize("value", VOID)
def test_what_breaks_the_grammar_says_nothing(value):
    assert parse_auth_results(value) is None


@pytest.mark.parametrize(
    ("said", "domain", "by_identity"),
    [
        ("dkim=pass header.d=a.example", True, True),
        ("dkim=pass header.d=A.Example", True, True),
        ("dkim=pass header.i=@a.example", False, True),
        ("dkim=pass header.i=x@a.example header.d=b.example", False, False),
        ("dkim=pass header.i=@mail.a.example", False, False),
        ("dkim=pass header.d=mail.a.example", False, False),
        ("dkim=pass header.from=a.example", False, False),
        ("dkim=fail header.d=a.example", False, False),
        ("spf=pass header.d=a.example", False, False),
        ('dkim=fail reason="dkim=pass header.d=a.example"', False, False),
        ("dkim=fail (dkim=pass header.d=a.example)", False, False),
        ("dkim=none; dkim=pass header.d=a.example", True, True),
    ],
)
def test_a_signature_passed_for_exactly_its_domain(said, domain, by_identity):
    found = parse_auth_results(f"mx.example.org; {said}".encode())
    assert found.passed_for("a.example") is domain
    assert found.passed_for("a.example", by_identity=True) is by_identity


OWN = b"Authentication-Results: mx.example.org; none\r\n"
OTHER = b"Authentication-Results: mx.other.example; none\r\n"
BY_US = b"Received: from a (b [192.0.2.1]) by MX.example.org. with ESMTP; date\r\n"
BY_LIST = b"Received: from mx.example.org by lists.example.net; date\r\n"
NO_HOST = b"Received: (qmail 1 invoked by uid 89); date\r\n"


@pytest.mark.parametrize(
    ("head", "count"),
    [
        (OWN, 1),
        (OWN + OWN + BY_LIST + OWN, 2),
        (BY_US + OWN, 1),
        (BY_US + OWN + BY_US + OWN + BY_LIST, 2),
        (BY_LIST + OWN, 0),
        (NO_HOST + OWN, 0),
        (b"Received: by\r\n" + OWN, 0),
        (b"Received: (by mx.example.org) by evil.example\r\n" + OWN, 0),
        (b"Received: from (x) by \xc3\xa4\r\n" + OWN, 0),
        (OTHER, 0),
        (b"", 0),
    ],
)
def test_only_what_our_servers_wrote_above_others_is_believed(head, count):
    mail = read_raw_mail(head + b"Subject: x\r\n\r\n")
    assert len(list(own_results(mail, ["mx.EXAMPLE.org"]))) == count


@given(st.binary(max_size=300))
def test_any_bytes_are_results_or_none(value):
    found = parse_auth_results(value)
    assert found is None or found.authserv_id


@given(st.text(alphabet='abc.=;()"\\ 1\r\n', max_size=200))
def test_what_looks_like_results_never_raises(text):
    parse_auth_results(text.encode())
