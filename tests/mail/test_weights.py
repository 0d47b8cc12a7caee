"""A body's weight is what compose makes of it, and never less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail.notice_samples import posted

from bridge.mail.columns import fold
from bridge.mail.weights import HEAVIEST_BODY, fitting, weight


def on_its_way(body):
    """The bytes of a composed mail below its headers."""
    return len(posted("Subject", body).partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Plain words.\n" * 900,
        "Мы просим чистой воды. " * 400,
        "水" * 3_000,
        "=" * 3_000 + "é",
        f"https://example.org/{'a=b&' * 400}\n",
    ],
)
def test_no_body_weighs_more_than_we_say(body):
    folded = fold(body)
    assert on_its_way(folded) <= weight(folded) <= 1.2 * on_its_way(folded) + 20


@given(st.text(alphabet=st.sampled_from("aé=水 ~\n"), max_size=2_000))
def test_whatever_is_written_weighs_no_more_than_we_say(body):
    folded = fold(body)
    assert on_its_way(folded) <= weight(folded)


def test_the_largest_that_fits_is_taken_and_the_last_when_none_does():
    assert fitting(lambda size: ("s", "x" * size), (HEAVIEST_BODY * 2, 9, 1)) == ("s", "x" * 9)
    assert fitting(lambda size: ("s", "é" * size), (HEAVIEST_BODY, HEAVIEST_BODY - 1))[1].count(
        "é"
    ) == (HEAVIEST_BODY - 1)
