"""What all pages share: their layout, their style, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bridge.domain.deadlines import show_instant
from bridge.mail.texts import TEMPLATES

STYLE: Final = (TEMPLATES / "page.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)
"""Nothing is loaded and nothing runs; only the style of the page itself, by its hash."""

LAYOUT: Final = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(TEMPLATES.glob("page*")))
).hexdigest()
"""Changes when a page would look different."""


def rendered(template: str, values: Mapping[str, Any], *, mark: str) -> bytes:
    """Return a page; the same values are the same bytes.

    Args:
        template: its file's name.
        values: what the template names; everything in it is escaped.
        mark: stands in a meta element, so that whoever wrote the page knows what it shows.
    """
    # The style is ours, and no part of anybody's input.
    shared = {"policy": POLICY, "style": Markup(STYLE), "mark": mark}  # noqa: S704
    html = _environment().get_template(template).render(**values, **shared)
    return html.strip().encode("utf-8", "replace") + b"\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["instant"] = show_instant
    return environment
