"""Recounting: equal to our own count on any history, and nothing altered goes unseen (P15)."""

import ast
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from histories import exported, random_record

from bridge import recount
from bridge.domain.acts import GENESIS, Verdict, canonical_json
from bridge.domain.ballots import State
from bridge.export import export_files, outcome_of

SOURCE = Path(recount.__file__)
HEAD = "f" * 64


def test_a_thousand_random_histories_are_counted_the_same(tmp_path):
    for seed in range(1_000):
        record = random_record(seed)
        folder = exported(record, tmp_path / str(seed), with_names=seed % 2 == 0)
        line, wrong = recount.recount(folder, record.row.head)
        assert (wrong, line.split()[1]) == ([], outcome_of(record.ballot) or line.split()[1]), seed


def alone(*arguments, cwd):
    """Run the export's own program as a stranger would: no site packages, nothing of ours."""
    command = [sys.executable, "-I", "-S", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def announced(least=12):
    """A closed ballot with a ledger long enough to spoil."""
    found = (random_record(seed, most=40) for seed in range(5_000, 6_000))
    return next(
        each
        for each in found
        if each.ballot.state is State.ANNOUNCED
        and len(each.acts) >= least
        and each.acts[-1].verdict is Verdict.ACCEPTED
    )


def test_it_runs_by_itself_inside_an_export(tmp_path):
    record = announced()
    folder = exported(record, tmp_path / "b1")
    done = alone("recount.py", ".", "--head", record.row.head, cwd=folder)
    people = done.stdout.split()[3]
    expected = f"outcome {record.ballot.outcome} people {people} organisations "
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(expected)
    assert done.stdout.endswith("chain ok\n")


def test_without_a_head_it_says_that_the_log_is_not_anchored(tmp_path, capsys):
    folder = exported(announced(), tmp_path / "b1")
    assert recount.main([str(folder)]) == 0
    assert capsys.readouterr().out.endswith("chain ok, not anchored\n")


def test_a_ballot_that_is_not_closed_is_counted_so_far(tmp_path):
    record = random_record(1)
    still_open = replace(record.ballot, state=State.OPEN, closed_at=None, outcome=None)
    record = replace(record, row=replace(record.row, ballot=still_open))
    line, wrong = recount.recount(exported(record, tmp_path / "b1"), None)
    assert (wrong, line.split(", ")[1:]) == ([], ["not closed yet", "not anchored"])


def test_it_is_short_old_enough_and_stands_alone():
    source = SOURCE.read_text("utf-8")
    assert source.count("\n") <= 460
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {n.module.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names


def lines_of(folder):
    return (folder / "acts.jsonl").read_bytes().splitlines(keepends=True)


def change(row, chance):
    """Return the row with one field that says something else."""
    value = json.loads(row)
    field = chance.choice(sorted(value))
    old = value[field]
    others = {bool: [not old], list: [[*old, "x"] if isinstance(old, list) else 0]}
    others[int] = [old + 1 if isinstance(old, int) else 0]
    others[str] = [f"{old}x", HEAD, "endorse", "object", "accepted", "self"]
    others[type(None)] = ["x", 1]
    value[field] = chance.choice([each for each in others[type(old)] if each != old])
    return canonical_json(value) + b"\n"


def spoil(rows, number, chance):
    """Return the rows with one of them changed, dropped, doubled, swapped, or the rest cut off."""
    before, row, after = rows[:number], rows[number], rows[number + 1 :]
    other = after[0] if after else before[-1]
    byte = chance.randrange(len(row) - 1)
    return {
        "changed": [*before, change(row, chance), *after],
        "byte": [*before, row[:byte] + bytes([row[byte] ^ 1]) + row[byte + 1 :], *after],
        "dropped": [*before, *after],
        "doubled": [*before, row, row, *after],
        "swapped": [*before, other, row, *after[1:]] if after else [*before[:-1], row, other],
        "truncated": before,
    }


def test_each_of_a_thousand_rows_spoiled_in_any_way_is_found(tmp_path, capsys):
    chance, done, seed = random.Random(7), 0, 10_000
    while done < 1_000:
        record = random_record(seed, most=40)
        seed += 1
        if len(record.acts) < 2:
            continue
        folder = exported(record, tmp_path / str(seed))
        rows = lines_of(folder)
        for number in range(len(rows)):
            done += 1
            for kind, spoiled in spoil(rows, number, chance).items():
                (folder / "acts.jsonl").write_bytes(b"".join(spoiled))
                status = recount.main([str(folder), "--head", record.row.head])
                assert status == 1, (seed, number, kind)
    capsys.readouterr()


def test_a_tail_cut_off_with_its_manifest_rewritten_is_found_by_the_published_head(
    tmp_path, capsys
):
    record = announced()
    folder = exported(record, tmp_path / "b1")
    shorter = replace(
        record,
        acts=record.acts[:-1],
        row=replace(record.row, head=record.acts[-2].hash),
        personal={seq: part for seq, part in record.personal.items() if seq < len(record.acts)},
    )
    for name, content in export_files(shorter, with_names=True).items():
        (folder / name).write_bytes(content)
    assert recount.main([str(folder), "--head", record.row.head]) == 1
    told = capsys.readouterr()
    assert f"chain broken at seq {len(record.acts)}" in told.out
    assert "The head you gave is not in this log" in told.err


def test_what_was_logged_after_the_published_head_may_not_count(tmp_path, capsys):
    record = announced()
    folder = exported(record, tmp_path / "b1")
    assert recount.main([str(folder), "--head", record.acts[-2].hash]) == 1
    assert f"Act {len(record.acts)} came after the head" in capsys.readouterr().err


SPOILED = {
    "text": lambda m: m["text"].update(text="Something else."),
    "rule": lambda m: m["rule"]["hashed"].update(grace_mail=1),
    "roll": lambda m: m["roll"]["hashed"]["members"].append("zed"),
    "head": lambda m: m.update(head=GENESIS),
    "outcome": lambda m: m.update(outcome="no_decision"),
    "count": lambda m: m["count"].update(endorse=99),
    "came in": lambda m: m["count"]["came_in"].update(replaced=99),
    "position": lambda m: m["count"]["positions"].update(gil="x"),
    "another ballot": lambda m: m["ballot"].update(id=2),
    "unknown mode": lambda m: m["rule"]["hashed"].update(mode="dice"),
    "unknown rule": lambda m: m["rule"]["hashed"].update(weights=1),
    "unknown state": lambda m: m["ballot"].update(state="dreaming"),
    "newer": lambda m: m.update(format=2),
    "no rule": lambda m: m.pop("rule"),
    "wrong type": lambda m: m.update(ballot=[]),
    "no instant": lambda m: m.update(counted_at="soon"),
    "endless share": lambda m: m["rule"]["hashed"].update(quorum="1e999999999"),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_manifest_that_says_something_else_is_found(tmp_path, capsys, spoiled):
    folder = exported(announced(), tmp_path / "b1")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    SPOILED[spoiled](manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert recount.main([str(folder)]) == 1
    told = capsys.readouterr()
    told_newer = "this export needs a newer recount" in told.err
    assert told_newer == (spoiled.startswith("unknown") or spoiled == "newer")
    assert told.err


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b"null", b'{"a":1}']
)
@pytest.mark.parametrize("name", ["manifest.json", "acts.jsonl", "personal.jsonl"])
def test_no_file_makes_it_fall_over(tmp_path, capsys, name, content):
    folder = exported(announced(), tmp_path / "b1")
    (folder / name).write_bytes(content)
    status = recount.main([str(folder)])
    # Nobody's personal part is left: that is what erasing looks like.
    assert status == (0 if (name, content) == ("personal.jsonl", b"") else 1)
    assert "Traceback" not in capsys.readouterr().err


def test_an_erased_person_leaves_the_rest_to_be_recounted(tmp_path):
    record = announced()
    kept = {seq: part for seq, part in record.personal.items() if seq != 2}
    folder = exported(replace(record, personal=kept), tmp_path / "b1")
    assert recount.recount(folder, record.row.head)[1] == []


def test_other_words_put_into_somebodys_mouth_are_found(tmp_path):
    folder = exported(announced(), tmp_path / "b1")
    told = (folder / "personal.jsonl").read_text("utf-8").replace("Né", "Oui", 1)
    (folder / "personal.jsonl").write_text(told, "utf-8")
    (sentence,) = recount.recount(folder, None)[1]
    assert sentence == "The personal part of act 1 is not the one that the log means."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["b1", "--head", "5f1c09ab"], "takes the whole hash, 64 characters"),
        (["b1", "--head", "F" * 63], "takes the whole hash, 64 characters"),
        (["nowhere"], "is no export"),
        ([], "required: export"),
    ],
)
def test_a_wrong_call_is_told_in_a_sentence_and_exits_2(tmp_path, arguments, sentence):
    exported(announced(), tmp_path / "b1")
    done = alone(str(SOURCE), *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
