"""A link is no text; a few words beside one mostly are none either."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.pointers import is_only_links, points_elsewhere, speaks_of_attachment

DOCUMENT = "https://docs.example.org/document/d/1abcdef/edit"


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENT,
        f"<{DOCUMENT}>\n",
        f"- {DOCUMENT}\n- HTTP://example.org\n",
        f"({DOCUMENT}),",
        f"--\n{DOCUMENT}?usp=sharing\n--\n",
        "www.example.org",
        "docs.example.org/document/d/1abcdef/edit",
        "\u200b" + DOCUMENT,
    ],
)
def test_nothing_but_links_is_no_text(text):
    assert is_only_links(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We support this.",
        f"We support this: {DOCUMENT}",
        f"水 {DOCUMENT}",
        "Yes/no",
        "and/or, e.g./i.e.",
        "...",
    ],
)
def test_words_are_a_text(text):
    assert not is_only_links(text)


def test_few_words_beside_a_link_point_elsewhere():
    assert points_elsewhere(f"Please find the statement at {DOCUMENT}")
    assert not points_elsewhere("Please find the statement in what I wrote before.")
    assert not points_elsewhere(f"{'We demand clean water for everybody. ' * 3}See {DOCUMENT}")


@given(st.text(alphabet=st.sampled_from("aw./:<hftps -\n水"), max_size=300))
def test_every_text_is_one_or_the_other(text):
    assert not is_only_links(text) or points_elsewhere(text)


@pytest.mark.parametrize(
    "text",
    ["Please find the statement attached.", "Anbei der Text.", "Le texte est en pièce jointe",
     "Текст во вложении", "声明见附件"],
)  # fmt: skip
def test_a_covering_letter_speaks_of_what_is_attached(text):
    assert speaks_of_attachment(text)


@pytest.mark.parametrize(
    "text", ["Joint statement on water.", "", "We attach great value to water. " * 10]
)
def test_other_words_do_not(text):
    assert not speaks_of_attachment(text)
