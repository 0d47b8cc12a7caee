"""An export's folder appears whole, and is written again only when something changed."""

import pytest

from bridge.errors import Permanent
from bridge.export_files import PRIVATE, PUBLIC, write_file, write_folder

FILES = {"manifest.json": b"{}\n", "acts.jsonl": b""}


def held(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.mark.parametrize(("mode", "entered"), [(PRIVATE, 0o700), (PUBLIC, 0o755)])
def test_whoever_may_read_the_files_may_enter_the_folder(tmp_path, mode, entered):
    write_folder(tmp_path / "x" / "b1", FILES, mode=mode)
    folder = tmp_path / "x" / "b1"
    assert folder.stat().st_mode & 0o777 == entered
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {mode}


def test_the_same_files_are_not_written_again(tmp_path):
    assert write_folder(tmp_path / "b1", FILES, mode=PUBLIC)
    before = (tmp_path / "b1").stat()
    assert not write_folder(tmp_path / "b1", FILES, mode=PUBLIC)
    assert (tmp_path / "b1").stat().st_ino == before.st_ino


def test_a_new_state_takes_the_old_ones_place_and_leaves_nothing_beside_it(tmp_path):
    write_folder(tmp_path / "b1", FILES | {"personal.jsonl": b"x"}, mode=PUBLIC)
    (tmp_path / ".b1.0123abcd.old").mkdir()
    assert write_folder(tmp_path / "b1", FILES | {"acts.jsonl": b"y"}, mode=PUBLIC)
    assert held(tmp_path / "b1") == FILES | {"acts.jsonl": b"y"}
    assert [each.name for each in tmp_path.iterdir()] == ["b1"]


def test_what_is_no_export_is_never_replaced(tmp_path):
    (tmp_path / "b1").mkdir()
    (tmp_path / "b1" / "letter.txt").write_text("mine")
    with pytest.raises(Permanent):
        write_folder(tmp_path / "b1", FILES, mode=PUBLIC)
    (tmp_path / "b2").write_text("mine")
    with pytest.raises(Permanent):
        write_folder(tmp_path / "b2", FILES, mode=PUBLIC)


def test_a_link_at_its_place_is_left_alone(tmp_path):
    write_folder(tmp_path / "elsewhere", FILES, mode=PUBLIC)
    for number, there in enumerate(("elsewhere", "nowhere")):
        link = tmp_path / f"b{number}"
        link.symlink_to(tmp_path / there)
        with pytest.raises(Permanent):
            write_folder(link, {**FILES, "recount.py": b"another"}, mode=PUBLIC)
        assert link.is_symlink()
    assert held(tmp_path / "elsewhere") == FILES


def test_somebody_s_own_files_beside_it_are_left_alone(tmp_path):
    own = tmp_path / ".b1.backup"
    own.mkdir()
    (tmp_path / ".b1.swp").write_text("mine")
    (tmp_path / ".b1.0123abcd").mkdir()
    write_folder(tmp_path / "b1", FILES, mode=PUBLIC)
    assert {one.name for one in tmp_path.iterdir()} == {"b1", ".b1.backup", ".b1.swp"}


def test_a_file_is_replaced_at_once(tmp_path):
    for content in (b"one", b"two"):
        write_file(tmp_path / "page", content, mode=PUBLIC)
    assert held(tmp_path) == {"page": b"two"}
