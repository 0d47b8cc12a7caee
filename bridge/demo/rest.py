"""Speak JSON over HTTP with a server on loopback, with the standard library alone.

For the set-up of the demo's servers only; the bridge itself has ``matrix.client``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from bridge.demo.ports import LOOPBACK
from bridge.errors import Permanent, Transient


@dataclass(frozen=True, slots=True)
class Rest:
    """A JSON interface on a loopback port.

    Attributes:
        headers: sent with every request, e.g. an authorization.
        seconds: how long one answer may take.
    """

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 30

    def get(self, path: str) -> Any:
        """Return the answer's JSON, None when it is empty.

        Raises:
            Transient: no answer, or 5xx.
            Permanent: any other answer than 2xx.
        """
        return self._request("GET", path, None, "application/json")

    def send_json(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Send a JSON object and return the answer's JSON; see ``get``."""
        return self._request(method, path, json.dumps(body), "application/json")

    def send_form(self, method: str, path: str, body: Mapping[str, str]) -> Any:
        """Send form fields and return the answer's JSON; see ``get``."""
        return self._request(method, path, urlencode(body), "application/x-www-form-urlencoded")

    def answers(self, path: str) -> bool:
        """Tell whether a GET of this path is answered with success, whatever it says."""
        try:
            self._exchange("GET", path, None, "text/plain")
        except (Transient, Permanent):
            return False
        return True

    def _request(self, method: str, path: str, body: str | None, content_type: str) -> Any:
        text = self._exchange(method, path, body, content_type)
        return json.loads(text) if text else None

    def _exchange(self, method: str, path: str, body: str | None, content_type: str) -> bytes:
        headers = {"Content-Type": content_type, **self.headers}
        connection = HTTPConnection(LOOPBACK, self.port, timeout=self.seconds)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as err:
            raise Transient(f"No answer from port {self.port}: {err!r}") from err
        finally:
            connection.close()
        if answer.status >= 300:
            blame = Transient if answer.status >= 500 else Permanent
            raise blame(f"{method} {path} answered {answer.status}: {text[:500]!r}")
        return text


def basic_authorization(user: str, password: str) -> dict[str, str]:
    """Return the header of HTTP basic authentication (RFC 7617)."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {token}"}
