"""Who plays in the coalition's story: nine chat, a hundred and thirty-one only read mail."""

from __future__ import annotations

import itertools

from real_people import SERVER_NAME

from bridge.demo.bridge_config import Mirrored
from bridge.demo.cast import Mail, Player

COALITION = Mirrored(
    "coalition@lists.demo", "coalition-k3w@bridge.demo", "Open Net Coalition", ("mara",)
)
ALIAS = f"#list_coalition:{SERVER_NAME}"
ROLL_TITLE = "Policy Committee"
"""What the harness calls its one roll."""


def _player(slug: str, name: str, zone: str) -> Player:
    return Player(slug, name, zone, server_name=SERVER_NAME)


MARA = _player("mara", "Mara Ferreira", "America/Sao_Paulo")
NILS = _player("nils", "Nils Aaltonen", "Europe/Helsinki")
OFELIA = _player("ofelia", "Ofelia Quispe", "America/Lima")
PAVEL = _player("pavel", "Pavel Dvorak", "Europe/Helsinki")
QAMAR = _player("qamar", "Qamar Hussain", "Asia/Karachi")
RANA = _player("rana", "Rana Mansour", "Africa/Cairo")
SILVIO = _player("silvio", "Silvio Conti", "Africa/Cairo")
TUULI = _player("tuuli", "Tuuli Koskinen", "Europe/Helsinki")
UMAR = _player("umar", "Umar Bello", "Africa/Lagos")
VERA = _player("vera", "Vera Passant", "Africa/Lagos")
"""She reads the list and is in the room, and not on the roll."""
CHATTING = (MARA, NILS, OFELIA, PAVEL, QAMAR, RANA, SILVIO, TUULI, UMAR)
PLAYERS = (*CHATTING, VERA)

_FIRST = (
    *("Ama", "Bao", "Cleo", "Dov", "Eun", "Faye"),
    *("Goro", "Hadi", "Ines", "Jun", "Kofi", "Lena"),
)
_LAST = (
    *("Abara", "Brandt", "Castro", "Dlamini", "Eriksen", "Farouk"),
    *("Gupta", "Haile", "Ito", "Jensen", "Kamau"),
)
_SILENT = tuple(
    Player(
        f"{first}-{last}".lower(),
        f"{first} {last}",
        "Europe/Helsinki",
        server_name=SERVER_NAME,
        has_chat=False,
    )
    for first, last in itertools.product(_FIRST, _LAST)
)
ROLL = (*CHATTING, *_SILENT[:131])
ZONES = (
    "Europe/Helsinki",
    "Africa/Cairo",
    "Africa/Lagos",
    "America/Lima",
    "America/Sao_Paulo",
    "Asia/Karachi",
)
"""The clocks of the roll, the most frequent first."""


def _posted(author: Player, name: str, subject: str, body: str) -> Mail:
    where = {"list_address": COALITION.posting_address}
    return Mail(author, f"{name}@people.demo", subject, body, **where)


QUESTION = _posted(
    MARA,
    "Question.liaison",
    "A liaison of our own?",
    "Shall the coalition speak with the hosts of the summit itself,\n"
    "or leave that to the platform of all stakeholders?\n",
)
TRAVEL = _posted(
    NILS, "Travel", "Who travels to the summit?", "The coalition sends two people to the summit.\n"
)
FIRST_TEXT = (
    "The hosts of the summit consult civil society directly.\n"
    "\n"
    "Every consultation is announced thirty days ahead.\n"
    "Comments are answered in writing.\n"
)
SECOND_TEXT = FIRST_TEXT.replace("thirty days", "sixty days").replace(
    "in writing.", "in writing, in the language in which they came."
)
STATEMENT = _posted(OFELIA, "Statement", "Statement for the summit", FIRST_TEXT)
AMENDED = _posted(OFELIA, "Statement.amended", "Statement for the summit, amended", SECOND_TEXT)
