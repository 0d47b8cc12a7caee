from __future__ import annotations

import pytest

from bridge.mail.attributions import attributions
from bridge.mail.lines import split_lines


def found(text):
    return list(attributions(split_lines(text)))


@pytest.mark.parametrize(
    "attribution",
    [
        "On Sun, Nov 2, 2025, 20:25 Bela Novak <bela at novak.example.org> wrote:",
        "On Wed, Oct 29, 2025 at 9:41\u202fPM Amina Haddad <amina@carthage.example.org>\nwrote:",
        "Le jeu. 30 oct. 2025 à 02:06, Amina <amina at carthage.example.org> a\nécrit :",
        "Le 30/10/2025 02:06, Amina a ?crit\u00a0:",
        "Am 3. Nov. 2025 um 12:10 schrieb Jane Doe <jane@example.org>:",
        "El lun, 3 nov 2025 a las 12:10, Jane (<jane@example.org>) escribió:",
        "Em 03/11/2025 12:10, Jane escreveu:",
        "2025年11月3日(月) 12:10 Jane <jane@example.org>:",
        "On Mon, Nov 3, 2025 at 12:10 PM Jane\n<jane@example.org> on behalf of\nthe board wrote:",
        "Jane Doe <jane@example.org> schrieb am\nMo., 3. Nov. 2025 um 12:10:",
        "*On Mon 3 Nov 2025, Jane wrote:*",
    ],
)
def test_an_attribution_is_known_by_its_structure(attribution):
    assert found(f"{attribution}\n\n> quoted\n") == [(0, attribution.count("\n") + 1)]


@pytest.mark.parametrize(
    "text",
    [
        "My three reasons are these:\n> quoted",
        "On Mon, Nov 3, 2025 Jane wrote:\nnot quoted",
        "On Mon, Nov 3, 2025 Jane wrote:\n\n\n\n> too far",
        "We met on 3 November 2025.\n> quoted",
        "",
    ],
)
def test_what_only_looks_like_one_is_text(text):
    assert found(text) == []


def test_own_words_right_above_are_not_swallowed():
    text = "ENDORSE\nOn Mon, Nov 3, 2025 at 12:10 PM Jane <jane@example.org> wrote:\n> quoted"
    assert found(text) == [(1, 2)]


def test_a_quoted_attribution_stands_above_a_deeper_quote():
    assert found("> On 12/11/13 22:09, Fatou wrote:\n>> deeper\n") == [(0, 1)]
