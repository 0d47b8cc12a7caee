"""The registration: what the homeserver must know about our appservice.

YAML by hand: JSON texts are YAML scalars, and a template keeps its comments. Measured: without
``io.element.msc4190`` ghosts get no device, and a resend after a homeserver restart makes a
second event; without ``rate_limited: false`` a full room takes minutes.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode

from bridge.config import MatrixConfig

TOKEN_BYTES = 32

_TEMPLATE = """\
# The homeserver reads this file (Synapse: app_service_config_files). It holds both tokens:
# only the homeserver and the bridge may read it.
id: seconded
url: {url}
as_token: {as_token}
hs_token: {hs_token}
sender_localpart: {bot}
rate_limited: false
receive_ephemeral: false
io.element.msc4190: true   # devices for ghosts: resends stay one event across restarts
namespaces:
  users:
    - {{exclusive: true, regex: {users}}}
  aliases:
    - {{exclusive: true, regex: {aliases}}}
  rooms: []
"""


def compose_registration(matrix: MatrixConfig) -> str:
    """Return the registration's YAML (Application Service API, section 2.2).

    It contains the tokens: write it to a file that only the homeserver and the bridge may read.
    """
    # Synapse matches from the beginning only: without "$" other servers with our name as their
    # beginning would be ours, too.
    namespace = f"{re.escape(matrix.prefix)}[^:]*:{re.escape(matrix.server_name)}$"
    values = {
        "url": matrix.url,
        "as_token": matrix.as_token.reveal(),
        "hs_token": matrix.hs_token.reveal(),
        "bot": matrix.bot,
        "users": f"@{namespace}",
        "aliases": f"#{namespace}",
    }
    return _TEMPLATE.format_map({name: json.dumps(value) for name, value in values.items()})


def new_token(random_bytes: bytes) -> str:
    """Return a token made of ``TOKEN_BYTES`` random bytes.

    Raises:
        ValueError: too few bytes to be unguessable.
    """
    if len(random_bytes) < TOKEN_BYTES:
        raise ValueError(f"a token needs {TOKEN_BYTES} random bytes, not {len(random_bytes)}")
    return urlsafe_b64encode(random_bytes).decode("ascii").rstrip("=")
