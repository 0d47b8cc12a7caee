from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from bridge import config_types
from bridge.config_secrets import Secret, SecretSource

SOURCE = SecretSource(Path("/etc/seconded"), {"TOKEN": "canary"})


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        ("Address", "pc-bridge+x@lists.example.org", "Jane <jane@example.org>"),
        ("Address", "o'hara@example.org", "a@b@example.org"),
        ("Address", "a@localhost", "a@-example.org"),
        ("Domain", "lists.example.org", "lists..example.org"),
        ("ServerName", "hs.test:8448", "hs.test/"),
        ("ServerName", "[::1]:8448", "@a:hs.test"),
        ("Localpart", "list_", "List_"),
        ("Slug", "jane-doe", "-jane"),
        ("MatrixId", "@jane:example.org", "@jane"),
        ("MatrixId", "@jane:hs.test:8448", "@jane doe:hs.test"),
        ("Line", "Comité de pilotage", "a\nb"),
        ("Line", "x", ""),
        ("TimeOfDay", "18:00", "6pm"),
        ("TimeOfDay", "00:00", "9:00"),
        ("Zone", "Africa/Tunis", "Africa"),
        ("Directory", "/", "/no/such/directory"),
        ("HttpUrl", "http://127.0.0.1:8008", "ftp://example.org"),
        ("DatabaseUrl", "sqlite:///x", "sqlite://"),
        ("DatabaseUrl", "sqlite:////x", "mysql:///x"),
        ("Seconds", "3m", "3 minutes"),
        ("ListenAddress", "127.0.0.1:1", "127.0.0.1"),
    ],
)
def test_kind_accepts_what_fits_and_nothing_like_it(kind, fits, does_not):
    adapter = TypeAdapter(getattr(config_types, kind))
    adapter.validate_python(fits)
    with pytest.raises(ValidationError):
        adapter.validate_python(does_not)


@pytest.mark.parametrize("text", ["a\n", "a\u2028b", "a\x00"])
def test_line_cannot_break_a_header(text):
    with pytest.raises(ValidationError):
        TypeAdapter(config_types.Line).validate_python(text)


@pytest.mark.parametrize(
    ("kind", "fits"),
    [("Address", "a@x.org"), ("Domain", "x.org"), ("Slug", "a"), ("Localpart", "a")],
)
def test_no_kind_lets_a_line_end_pass(kind, fits):
    with pytest.raises(ValidationError):
        TypeAdapter(getattr(config_types, kind)).validate_python(f"{fits}\n")


def test_paths_start_at_the_directory_of_the_configuration():
    adapter = TypeAdapter(config_types.AnchoredPath)
    assert adapter.validate_python("r.yaml", context=SOURCE) == Path("/etc/seconded/r.yaml")
    assert adapter.validate_python("/r.yaml", context=SOURCE) == Path("/r.yaml")
    assert adapter.validate_python("r.yaml") == Path("r.yaml")


def test_database_path_starts_at_the_directory_of_the_configuration():
    adapter = TypeAdapter(config_types.DatabaseUrl)
    assert adapter.validate_python("sqlite:///s.db", context=SOURCE) == (
        "sqlite:////etc/seconded/s.db"
    )


def test_secret_is_looked_up_or_passed_through():
    adapter = TypeAdapter(config_types.SecretOption)
    assert adapter.validate_python({"env": "TOKEN"}, context=SOURCE) == Secret("canary")
    assert adapter.validate_python(Secret("x")) == Secret("x")
    with pytest.raises(ValidationError, match="not set"):
        adapter.validate_python({"env": "TOKEN"})


@pytest.mark.parametrize(("text", "domain"), [("a.example", True), ("a b", False), ("", False)])
def test_domain_is_labels_joined_by_dots(text, domain):
    assert config_types.is_domain(text) is domain
