"""What all pages share: the policy names the style of the page, and everything else is escaped."""

import base64
import hashlib

import pytest
from jinja2 import UndefinedError
from test_export import small

from bridge.export import count
from bridge.web.pages import page
from bridge.web.pages_html import POLICY, rendered


def test_the_policy_names_the_style_that_the_page_has_and_nothing_else():
    style = page(small(), count(small()), "m").partition(b"<style>")[2].partition(b"</style>")[0]
    sha256 = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert f"style-src 'sha256-{sha256}'" in POLICY
    assert "default-src 'none'" in POLICY


def test_a_page_of_a_value_that_is_missing_is_no_page():
    with pytest.raises(UndefinedError):
        rendered("page.html.j2", {}, mark="m")
