from __future__ import annotations

import os
import pickle
import stat
import traceback
from pathlib import Path

import pytest

from bridge.config_secrets import Secret, SecretSource, ensure_secret_file, read_private


@pytest.fixture
def source(tmp_path: Path) -> SecretSource:
    return SecretSource(tmp_path, {"TOKEN": "canary", "EMPTY": ""})


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_secret_is_read_from_a_file_beside_the_configuration(source, tmp_path):
    write(tmp_path / "token", "canary\n")
    assert source.read({"file": "token"}).reveal() == "canary"


def test_secret_is_read_from_the_environment(source):
    assert source.read({"env": "TOKEN"}).reveal() == "canary"


def test_password_with_spaces_is_one_secret(source, tmp_path):
    write(tmp_path / "token", "abcd efgh\n")
    assert source.read({"file": "token"}).reveal() == "abcd efgh"


@pytest.mark.parametrize(
    "written", ["canary", 7, None, [], {}, {"file": "a", "env": "b"}, {"vault": "x"}, {"file": 3}]
)
def test_literal_secret_is_refused_without_repeating_it(source, written):
    with pytest.raises(ValueError, match="a secret is not written here") as caught:
        source.read(written)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_file_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path, mode):
    path = write(tmp_path / "token", "canary", mode)
    with pytest.raises(ValueError, match=f"run: chmod 600 {path}"):
        read_private(path)


@pytest.mark.parametrize(
    ("text", "problem"), [("", "is empty or not set"), ("a\nb\n", "holds more than one line")]
)
def test_file_holds_exactly_one_secret(source, tmp_path, text, problem):
    write(tmp_path / "token", text)
    with pytest.raises(ValueError, match=f"file token {problem}"):
        source.read({"file": "token"})


def test_missing_file_and_directory_are_named(source, tmp_path):
    with pytest.raises(ValueError, match=f"cannot read {tmp_path}/no: No such file"):
        source.read({"file": "no"})
    with pytest.raises(ValueError, match="cannot read"):
        read_private(tmp_path)


def test_device_is_no_secret_file():
    with pytest.raises(ValueError, match="is no plain file"):
        read_private(Path(os.devnull))


def test_binary_file_is_refused_and_the_traceback_holds_none_of_it(tmp_path):
    path = write(tmp_path / "token", "")
    path.write_bytes(b"canary\xff")
    with pytest.raises(ValueError, match="holds no text") as caught:
        read_private(path)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_secret_shows_itself_only_when_asked(source):
    secret = Secret("canary")
    assert "canary" not in f"{secret} {secret!r} {[secret]} {source!r}"
    assert secret == Secret("canary")
    assert pickle.loads(pickle.dumps(secret)).reveal() == "canary"


def test_new_secret_file_is_private_and_written_once(tmp_path):
    path = tmp_path / "token"
    assert ensure_secret_file(path, lambda: "first") is True
    assert ensure_secret_file(path, lambda: "second") is False
    assert read_private(path) == "first\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_directory_of_a_new_secret_is_made_and_private(tmp_path):
    ensure_secret_file(tmp_path / "secrets" / "token", lambda: "first")
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    with pytest.raises(FileNotFoundError):
        ensure_secret_file(tmp_path / "etc" / "secrets" / "token", lambda: "first")
