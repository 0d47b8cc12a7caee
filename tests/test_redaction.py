from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.redaction import ADDRESS, SECRET, UNSHOWN, redaction, without


def shown(entry: dict[str, object], method: str = "info", secrets=("canary",)) -> dict[str, object]:
    return dict(redaction(secrets)(None, method, entry))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from jane@example.org, late", f"from {ADDRESS}, late"),
        ("Jane <jane@example.org>", f"Jane <{ADDRESS}>"),
        ("mailto:jane@example.org", f"mailto:{ADDRESS}"),
        ("bounce+jane=example.org@b.example", ADDRESS),
        ("é@exemple.fr", ADDRESS),
        ("a@b@c", ADDRESS),
        ('"jane doe"@example.org', ADDRESS),
        ("/people/jane%40example.org/", f"/people/{ADDRESS}/"),
        ("('jane@example.org', 25)", f"('{ADDRESS}', 25)"),
        ("@jane:example.org", "@jane:example.org"),
        ("sender=@jane:example.org", "sender=@jane:example.org"),
        ("/user/%40jane%3Aexample.org", "/user/%40jane%3Aexample.org"),
        ("$abc !room:hs.test #list_pc:hs.test", "$abc !room:hs.test #list_pc:hs.test"),
    ],
)
def test_address_is_taken_out_and_matrix_ids_stay(text, expected):
    assert shown({"reason": text})["reason"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("got canary!", f"got {SECRET}!"),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {SECRET}"),
        ("GET /sync?access_token=abc&x=1", f"GET /sync?access_token={SECRET}&x=1"),
        ("{'hs_token': 'abc'}", f"{{'hs_token': '{SECRET}'}}"),
        ("syt_amFuZQ_abc_123", f"syt_{SECRET}"),
    ],
)
@pytest.mark.parametrize("method", ["debug", "info", "error"])
def test_token_is_taken_out_at_every_level(text, expected, method):
    assert shown({"reason": text}, method)["reason"] == expected


@pytest.mark.parametrize("key", ["as_token", "Password", "client_secret", "authorization"])
def test_value_of_a_key_that_names_a_secret_is_never_shown(key):
    assert shown({key: "abc"}, "debug")[key] == SECRET
    assert shown({"headers": {key: "abc"}})["headers"] == {key: SECRET}


@pytest.mark.parametrize("key", ["body", "raw", "content", "payload"])
def test_content_is_not_logged_from_info_upwards(key):
    assert shown({key: "Dear all"})[key] == UNSHOWN
    assert shown({key: "Dear all"}, "debug")[key] == "Dear all"


def test_address_may_be_seen_when_debugging():
    assert shown({"to": "jane@example.org"}, "debug")["to"] == "jane@example.org"


def test_level_of_the_entry_wins_over_the_method():
    assert shown({"level": "error", "to": "a@b.example"}, "debug")["to"] == ADDRESS


def test_message_id_stays_for_tracing():
    assert shown({"message_id": "x1@mail.example.org"})["message_id"] == "x1@mail.example.org"


def test_texts_inside_values_of_any_shape_are_cleaned():
    entry = {
        "nested": [{"a@b.example": ("canary", 1)}, {"a@b.example"}],
        "error": ValueError("a@b.example canary"),
        "bytes": b"a@b.example",
        "numbers": (1, 2.5, True, None),
    }
    assert shown(entry) == {
        "nested": [{ADDRESS: [SECRET, 1]}, [ADDRESS]],
        "error": f"ValueError('{ADDRESS} {SECRET}')",
        "bytes": f"b'{ADDRESS}'",
        "numbers": [1, 2.5, True, None],
    }


def test_secret_is_found_percent_encoded_and_before_a_shorter_one():
    entry = {"url": "/x?q=a%2Fb", "both": "canary-2"}
    assert shown(entry, secrets=("a/b", "canary", "canary-2", "")) == {
        "url": f"/x?q={SECRET}",
        "both": SECRET,
    }


@given(st.text(), st.text(alphabet="abc.-", min_size=1), st.text(alphabet="abc.-", min_size=1))
def test_no_address_survives_whatever_surrounds_it(around, local, domain):
    address = f"{local}@{domain}"
    assert address not in str(
        shown({"reason": f"{around} {address} {around}"}, secrets=())["reason"]
    )


@given(st.text())
def test_canary_survives_nowhere(around):
    assert "canary" not in str(shown({"reason": f"{around}canary{around}"})["reason"])


def test_what_we_told_another_is_taken_out_of_what_it_says():
    said = without("no: abc-canary, and abc", ["abc", "", "abc-canary"])
    assert said == f"no: {SECRET}, and {SECRET}"
