"""P11: whoever looks like somebody on the roster and is not, is marked."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_roster import ADA, BEN, ROSTER

from bridge.domain.lookalikes import skeleton
from bridge.domain.roster import Person, Roster

NAMES = (
    "Nadia Example",
    "Oskar Example",
    "Jan Novák",
    "Amina Ben Ali",
    "Chloé Dupont",
    "Irina Mill",
)
PEOPLE = Roster(
    {str(n): Person(str(n), name, (f"p{n}@example.org",)) for n, name in enumerate(NAMES)}, {}, {}
)
UNSEEN = (
    "\u200b\u200c\u200d\u2060\u00ad\ufeff\u034f\u202a\u202e\u2066\u2069\u200e\u061c"
    "\ufe0f\u3164\u115f"
)
BLANKS = " \u00a0\u2009\u202f\u3000\u2028\t"
MARKS = "\u0301\u0323\u0308\u0335\u20dd"
# Drawn by hand from fonts, one letter at a time; independent of the table under test.
TWINS = {
    "a": "аαɑ", "b": "Ь", "c": "сϲ", "d": "ԁ", "e": "еҽ", "h": "һ", "i": "іıɪ1l|", "j": "јϳ",
    "k": "кκ", "l": "ӏ1Iіן|", "m": "м", "n": "ոп", "o": "оοօ0", "p": "рρ", "r": "г", "s": "ѕ",
    "u": "սυ", "v": "ѵν", "w": "ԝ", "x": "хχ", "y": "уγ", "A": "АΑᎪ", "B": "ВΒ", "C": "СϹ",
    "D": "Ꭰ", "E": "ЕΕ", "I": "ІΙl1", "J": "Ј", "K": "КΚ", "M": "МΜ", "N": "Ν", "O": "ОΟ0",
    "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ΥҮ", "Z": "Ζ",
}  # fmt: skip


def compatible(letter: str, chance: random.Random) -> str:
    """Return the letter as mathematics, fullwidth print or circles have it."""
    if not (letter.isascii() and letter.isalpha()):
        return letter
    upper = letter.isupper()
    place = ord(letter) - ord("A" if upper else "a")
    first = chance.choice((0x1D400, 0x1D5A0, 0x1D670, 0x1D468) if upper else (0x1D41A, 0x1D5BA))
    return chance.choice((chr(first + place), chr(0xFEE0 + ord(letter)), chr(0x24B6 + place)))


def twin(letter: str, chance: random.Random) -> str:
    return chance.choice(TWINS.get(letter, letter))


def spoiled(letter: str, chance: random.Random) -> str:
    if letter.isspace():
        return "".join(chance.choice(BLANKS) for _ in range(chance.randint(1, 3)))
    return letter + chance.choice(chance.choice((UNSEEN, MARKS)))


def imitations(count: int, seed: int) -> Iterator[tuple[str, str]]:
    chance = random.Random(seed)
    for _ in range(count):
        name = chance.choice(NAMES)
        changes = [twin, compatible, spoiled, lambda letter, _: letter]
        drawn = "".join(chance.choice(changes)(letter, chance) for letter in name)
        frame = chance.choice(("{}", "\u202d{}", "{} (list)", "  {}\u2060", "{} (chair)", "{}."))
        yield name, frame.format(drawn)


def test_of_a_thousand_imitations_none_passes_unmarked():
    passed = [
        (name, drawn, skeleton(name), skeleton(drawn))
        for name, drawn in imitations(1_000, seed=11)
        if not PEOPLE.is_imitated(drawn, "mallory@evil.example")
    ]
    assert passed == []


@pytest.mark.parametrize("name", NAMES)
def test_the_bare_name_from_another_address_or_from_none_is_marked(name):
    assert PEOPLE.is_imitated(name, "mallory@evil.example")
    assert PEOPLE.is_imitated(name.upper(), None)


@pytest.mark.parametrize("person", [ADA, BEN])
def test_nobody_is_taken_for_an_imitation_of_himself(person):
    assert not ROSTER.is_imitated(person.name, person.addresses[0])
    assert not ROSTER.is_imitated(person.name, person.addresses[0].upper())


@pytest.mark.parametrize(
    "name",
    [
        "Nadja Example",
        "Nadia",
        "Oskar Sample",
        "Jana Novák",
        "Надежда",
        "李娜",
        "",
        "(unknown author)",
    ],
)
def test_other_names_are_nobody_s_imitation(name):
    assert not PEOPLE.is_imitated(name, "somebody@example.net")


def test_two_people_of_one_name_may_each_use_it():
    both = Roster(
        {"a": Person("a", "Jan Novák", ("a@x.org",)), "b": Person("b", "Jan Novak", ("b@x.org",))},
        {},
        {},
    )
    assert not both.is_imitated("Jan Novák", "b@x.org")
    assert both.is_imitated("Jan Novák", "c@x.org")


@given(st.text(max_size=500))
def test_a_skeleton_is_letters_and_its_own_skeleton(name):
    drawn = skeleton(name)
    assert not [sign for sign in drawn if unicodedata.category(sign)[0] in "CZM"]
    assert skeleton(drawn) == drawn or len(drawn) > 400
