from __future__ import annotations

import pytest

from bridge.mail.attributions import attributions, meta_of
from bridge.mail.lines import split_lines


def found(text):
    return [(a.first, a.end) for a in attributions(split_lines(text)) if a.above_quote]


def alone(text):
    return [(a.first, a.end) for a in attributions(split_lines(text)) if not a.above_quote]


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
        "On Mon, Nov 3, 2025 Jane wrote:\n\n\n\n\n\n\n> too far",
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


@pytest.mark.parametrize(
    "attribution",
    [
        "Den man. 3. nov. 2025 kl. 12.10 skrev Jane Doe <jane@example.org>:",
        "W dniu 3.11.2025 o 12:10, Jane Doe pisze:",
        "pon., 3 lis 2025 o 12:10 Jane Doe <jane@example.org> napisał(a):",
        "pon., 3 lis 2025 o 12:10 Jane Doe <jane@example.org> napisa?(a):",
        "03.11.2025 12:10, Jane Doe пишет:",
        "пн, 3 нояб. 2025 г. в 12:10, Jane Doe <jane@example.org>:",
        "Op ma 3 nov 2025 om 12:10 schreef Jane Doe <jane@example.org>:",
        "Il giorno lun 3 nov 2025 alle ore 12:10 Jane Doe <\njane@example.org> ha scritto:",
        "Dne po 3. 11. 2025 12:10 uživatel Jane Doe <jane@example.org> napsal:",
        "Jane Doe <jane@example.org> ezt írta (időpont: 2025. nov. 3., H, 12:10):",
        "Jane Doe kirjoitti 3.11.2025 klo 12.10:",
        "Στις Δευ 3 Νοε 2025 στις 12:10 μ.μ., ο χρήστης Jane <jane@example.org> έγραψε:",
        "3 Kas 2025 Pzt 12:10 tarihinde Jane Doe <jane@example.org> şunu yazdı:",
        "\u202bבתאריך יום ב׳, 3 בנוב׳ 2025 ב-12:10 מאת \u202aJane\u202c <jane@example.org>:\u202c",
        "في الاثنين، 3 نوفمبر 2025 12:10 م Jane <jane@example.org> كتب:",
        "Jane Doe <jane@example.org> 于2025年11月3日周一 12:10写道：",
        "2025년 11월 3일 (월) 오후 12:10, Jane <jane@example.org>님이 작성:",
        "2025/11/03 12:10、Jane <jane@example.org>のメール:",
        "เมื่อ จ. 3 พ.ย. 2025 เวลา 12:10 Jane <jane@example.org> เขียนว่า:",
        "Vào Th 2, 3 thg 11, 2025 vào lúc 12:10 Jane <jane@example.org> đã viết:",
        "On Mon, 3 Nov 2025 12:10:00 +0100\nJane Doe <jane@example.org> wrote:",
        "Quoting Jane Doe <jane@example.org>:",
        "Jane Doe wrote:",
        "* Jane Doe <jane@example.org> [2025-11-03 12:10]:",
        '>>>>> "Jane" == Jane Doe <jane@example.org> writes:'[6:],
        "In message <abc@example.org>, Jane writes:",
        "At 12:10 PM 11/3/2025, you wrote:",
        "Jane Doe <jane at example.org> a dit le 3 novembre 2025 :",
        "Þann mán., 3. nóv. 2025 kl. 12:10 skrifaði Jane <jane@example.org>:",
        "2025-11-03 12:10 GMT+01:00 Jane Doe <jane@example.org>:",
    ],
)
def test_programs_of_many_languages_are_understood(attribution):
    end = attribution.count("\n") + 1
    assert found(f"Thanks.\n\n{attribution}\n> quoted\n") == [(2, 2 + end)]


@pytest.mark.parametrize(
    "text",
    [
        "I can only repeat what the charter says:\n> quoted",
        "As discussed in section 3.11:\n> quoted",
        "In 2019 we agreed on this:\n\n> quoted",
    ],
)
def test_a_sentence_above_a_quote_is_the_authors(text):
    assert found(text) == []


def test_a_greeting_above_is_not_swallowed():
    text = "Hi Jane,\nOn Mon, Nov 3, 2025 at 12:10 PM Jane <jane@example.org> wrote:\n> quoted"
    assert found(text) == [(1, 2)]


@pytest.mark.parametrize(
    "attribution",
    [
        "On Mon, Nov 3, 2025 at 12:10 PM -0800, Jane <jane@example.org> wrote:",
        "Jane Doe <jane@example.org> wrote:",
        "2025-11-03 12:10 GMT+01:00 Jane Doe",
        "Le lun. 3 nov. 2025 à 12:10, Jane <jane@example.org> a écrit :",
    ],
)
def test_without_a_quote_below_much_must_speak_for_it(attribution):
    assert alone(f"Yes.\n\n{attribution}\n\nthe question\n") == [(2, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "Yes.\n\nThe agenda of 3 November 2025:\n\nbudget",
        "Write to jane@example.org:\n\nDear Jane",
        "She wrote:\n\nno",
    ],
)
def test_a_heading_is_no_attribution(text):
    assert alone(text) == []


@pytest.mark.parametrize(
    ("text", "sender", "date"),
    [
        (
            'On 28/10/2021 12:46, "Jane Doe" <jane@example.org> wrote:',
            "Jane Doe <jane@example.org>",
            "28/10/2021 12:46",
        ),
        (
            "28/10/2021 12:46 időpontban Jane Doe (jane@example.org) ezt írta:",
            "Jane Doe <jane@example.org>",
            "28/10/2021 12:46",
        ),
        ("jane wrote:", None, None),
    ],
)
def test_an_attribution_says_who_and_when(text, sender, date):
    meta = meta_of(text)
    assert (meta.get("from"), meta.get("date")) == (sender, date)
