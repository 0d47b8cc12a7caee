from __future__ import annotations

import pytest

from bridge.mail.mobiles import is_mobile_line


@pytest.mark.parametrize(
    "text",
    [
        "Sent from my iPhone",
        "<Sent from my phone>",
        "Get Outlook for iOS<https://example.org>",
        "Envoyé de mon iPhone",
        "Von meinem iPhone gesendet",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Inviato da Outlook per Android",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "发自我的 iPhone",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "Sent with Proton Mail secure email.",
    ],
)
def test_what_programs_add_is_known_in_many_languages(text):
    assert is_mobile_line(text, is_alone=True)


@pytest.mark.parametrize(
    "text",
    [
        "I cannot do it from my phone, sorry",
        "The Android app does not work",
        "Jane",
        "",
        "Sent from my heart, " + "and many more words " * 20,
    ],
)
def test_sentences_are_the_authors(text):
    assert not is_mobile_line(text, is_alone=True)


def test_below_other_words_less_is_believed():
    assert not is_mobile_line("voted by mobile", is_alone=False)
    assert is_mobile_line("voted by mobile", is_alone=True)
