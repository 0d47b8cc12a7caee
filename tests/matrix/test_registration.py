from __future__ import annotations

import re
import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import MatrixConfig, Secret
from bridge.matrix.registration import compose_registration, new_token


def matrix(**changes) -> MatrixConfig:
    options = {
        "homeserver": "https://hs.test",
        "server_name": "hs.test",
        "as_token": Secret("as"),
        "hs_token": Secret("hs"),
    }
    return MatrixConfig.model_validate(options | changes)


def test_registration_is_what_the_homeserver_needs():
    assert yaml.safe_load(compose_registration(matrix())) == {
        "id": "seconded",
        "url": "http://127.0.0.1:9993",
        "as_token": "as",
        "hs_token": "hs",
        "sender_localpart": "seconded",
        "rate_limited": False,
        "receive_ephemeral": False,
        "io.element.msc4190": True,
        "namespaces": {
            "users": [{"exclusive": True, "regex": r"@list_[^:]*:hs\.test$"}],
            "aliases": [{"exclusive": True, "regex": r"#list_[^:]*:hs\.test$"}],
            "rooms": [],
        },
    }


@pytest.mark.parametrize(
    ("user_id", "ours"),
    [
        ("@list_a2b3:hs.test", True),
        ("@seconded:hs.test", False),
        ("@jane:hs.test", False),
        ("@list_a2b3:hs-test", False),
        ("@list_a2b3:hs.test.evil.example", False),
        ("@listXa2b3:hs.test", False),
    ],
)
def test_namespace_holds_ghosts_of_this_server_only(user_id, ours):
    (users,) = yaml.safe_load(compose_registration(matrix()))["namespaces"]["users"]
    assert bool(re.match(users["regex"], user_id)) is ours


def test_prefix_with_signs_is_taken_literally():
    text = compose_registration(matrix(prefix="a.b+", listen_url="https://bridge.hs.test"))
    written = yaml.safe_load(text)
    (users,) = written["namespaces"]["users"]
    assert written["url"] == "https://bridge.hs.test"
    assert re.match(users["regex"], "@a.b+x:hs.test")
    assert not re.match(users["regex"], "@aab+x:hs.test")


@given(st.text(alphabet=string.printable, min_size=1))
def test_any_token_survives_the_yaml(token):
    written = yaml.safe_load(compose_registration(matrix(as_token=Secret(token))))
    assert written["as_token"] == token


def test_token_is_derived_from_its_random_bytes_alone():
    assert new_token(bytes(range(32))) == new_token(bytes(range(32)))
    assert len({new_token(bytes([n]) * 32) for n in range(256)}) == 256
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", new_token(b"\xff" * 32))


def test_too_few_random_bytes_make_no_token():
    with pytest.raises(ValueError, match="needs 32 random bytes, not 31"):
        new_token(b"x" * 31)
