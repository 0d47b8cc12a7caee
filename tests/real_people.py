"""Who lives on the real homeserver; each has an account and a mailbox."""

from __future__ import annotations

from bridge.demo.cast import Player

SERVER_NAME = "hs.test"
PEOPLE = tuple(
    Player(slug, name, zone, server_name=SERVER_NAME)
    for slug, name, zone in (
        ("amal", "Amal Chair", "Africa/Tunis"),
        ("boris", "Boris Member", "Europe/Sofia"),
        ("chloe", "Chloé Member", "Europe/Paris"),
        ("stranger", "Sam Stranger", "Europe/London"),
    )
)
ROLL = PEOPLE[:3]
