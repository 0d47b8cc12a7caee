"""Addresses and ids are left out however they are written, and nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.masking import MASK, masked

WAYS = (
    "ben@example.org",
    "@ben:hs.test",
    "matrix:u/ben:hs.test",
    "MATRIX:U/ben:hs.test?action=chat",
    "matrix://hs.test/user/ben:hs.test",
    "matrix%3Au%2Fben%3Ahs.test",
    "matrix\uff1au/ben:hs.test",
    "mat\u200brix:u/ben:hs.test",
    "matrix.to/#/ben:hs.test",
    "mailto:ben%40example.org",
    "mailto:?to=ben%2540example.org",
    "ben%25252540example.org",
    "ben&#64;example.org",
    "ben&#x0040;example.org",
    "ben&commat;example.org",
    "ben\uff20example.org",
    "ben\ufe6bexample.org",
    "ben%EF%BC%A0example.org",
    "ben\uff05\uff14\uff10example.org",
    "b\u00aden\u200b@example.org",
    "ben@",
)


@pytest.mark.parametrize("written", WAYS)
@pytest.mark.parametrize("around", ["{}", "Ask {}, please", "({})", "<{}>", "Ask\u3000{}\n"])
def test_an_address_is_left_out_in_whatever_way_it_is_written(written, around):
    assert masked(around.format(written)) == around.format(MASK)


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://matrix.to/#/%40ben%3Ahs.test", f"https://matrix.to/{MASK}"),
        ("https://matrix.to/#/@ben:hs.test", f"https://matrix.to/{MASK}"),
        ("https://matrix.to/#/user/ben:hs.test", f"https://matrix.to/{MASK}"),
        ("https://a.example/pc/1@people.example/1.html", f"https://a.example/{MASK}"),
        ("https://a.example?x=ben@example.org", MASK),
        ("https://ben@example.org/x", MASK),
        ("https://ben%40example.org/x", MASK),
    ],
)
def test_of_a_link_that_holds_one_the_host_stays(link, shown):
    assert masked(f"See {link} there") == f"See {shown} there"


@pytest.mark.parametrize(
    "text",
    [
        "Point 3: 40 % of 1/2, at 8:00; see https://a.example/b%20c?d=1#e",
        "https://matrix.to/#/#pc:hs.test and https://matrix.to/#/!room:hs.test/$event",
        "matrix:r/pc:hs.test, the matrix: a room",
        "We meet @ noon & then?",
        "\u2026 \u00bd \ufb01ne, \u82b1\u5b50: 100\uff05",
        "%%%%25 &#65; %zz",
        "",
    ],
)
def test_everything_else_stays_to_the_letter(text):
    assert masked(text) == text


@given(st.text(st.sampled_from("a@%&:/#\u200b\uff20 \n(250mtrixu"), max_size=60))
def test_no_sign_of_an_address_is_left(text):
    assert re.findall(r"[^\s(]@|@[^\s(]", masked(text).replace("\u200b", "")) == []


@given(st.text())
def test_any_text_can_be_masked_and_twice_is_once(text):
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "part",
    [
        "@",
        "%25",
        "%",
        "matrix:",
        "matrix.to/#",
        "matrix:/",
        "&#0",
        "https://",
        "a/",
        "\u0315\u0300",
    ],
)
def test_a_hostile_text_takes_no_quadratic_time(part):
    # In quadratic time this would be an hour.
    masked(part * 200_000)
