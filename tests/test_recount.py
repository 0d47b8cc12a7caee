"""Recounting: equal to our own count on any history, and nothing altered goes unseen (P15)."""

import ast
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ballot_samples import CLOSES, OPENED, ballot
from domain.ledgers import amend, draft, rule_on
from histories import exported, random_record, record_of

from bridge import recount
from bridge.domain.acts import (
    GENESIS,
    REMOVED,
    UNTIL_PUBLICATION,
    Door,
    Reason,
    Verdict,
    canonical_json,
    chain,
)
from bridge.domain.ballots import Outcome, State, statement_text
from bridge.domain.fold import Lifted
from bridge.domain.modes import MODES
from bridge.domain.roster import Member
from bridge.domain.rules import Rule
from bridge.domain.rulings import Level, Ruling, act_name
from bridge.domain.standing import Fate, fates
from bridge.export import act_line, count, export_files, outcome_of
from bridge.ids import Instant, PersonId

SOURCE = Path(recount.__file__)
HEAD = "f" * 64


def test_a_thousand_random_histories_are_counted_the_same(tmp_path):
    for seed in range(1_000):
        record = random_record(seed)
        folder = exported(record, tmp_path / str(seed), with_names=seed % 2 == 0)
        line, wrong = recount.recount(folder, record.row.head)
        assert (wrong, line.split()[1]) == ([], outcome_of(record.ballot) or line.split()[1]), seed


def test_the_histories_hold_whatever_can_become_of_a_ballot_an_act_or_an_objection():
    seen = set()
    for seed in range(1_000):
        record = random_record(seed)
        made, counted = record.ballot, count(record)
        seen |= {made.state, made.rule.mode, counted.outcome, counted.level}
        seen |= {each.how for each in counted.objections} | set(counted.came_in.rejected)
        seen |= {one.fate for one in fates(record.acts, made.rule, record.at).values()}
        seen |= {flag for act in record.acts for flag in act.flags}
    expected = {*State, *Fate, *Lifted, *Level, *MODES, Reason.VOIDED, UNTIL_PUBLICATION, None}
    assert expected | (set(Outcome) - {Outcome.WITHDRAWN}) <= seen


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
        if each.ballot.state is State.ANNOUNCED and len(each.acts) >= least and counts(each)
    )


def counts(record):
    """Tell whether the last act of the log is an answer that counts."""
    last, at = record.acts[-1], record.at
    if last.position in {REMOVED, *Ruling} or last.person_ref not in record.ballot.roster.people:
        return False
    is_void = act_name(last) in {act.target for act in record.acts}
    return last.verdict is Verdict.ACCEPTED and last.effective_at <= at and not is_void


def test_it_runs_by_itself_inside_an_export(tmp_path):
    record = announced()
    folder = exported(record, tmp_path / "b1")
    anchors = ("--head", record.row.head, "--terms", record.ballot.terms_sha256)
    done = alone("recount.py", ".", *anchors, cwd=folder)
    people = done.stdout.split()[3]
    expected = f"outcome {record.ballot.outcome} people {people} organisations "
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(expected)
    assert done.stdout.endswith("chain ok\n")


def test_without_a_head_it_says_that_the_log_is_not_anchored(tmp_path, capsys):
    folder = exported(announced(), tmp_path / "b1")
    assert recount.main([str(folder)]) == 0
    assert capsys.readouterr().out.endswith("chain ok, not anchored\n")


def test_with_the_head_alone_it_says_that_the_terms_are_not_compared(tmp_path, capsys):
    record = announced()
    folder = exported(record, tmp_path / "b1")
    assert recount.main([str(folder), "--head", record.row.head]) == 0
    assert capsys.readouterr().out.endswith("chain ok, terms not compared\n")


def test_a_ballot_that_is_not_closed_is_counted_so_far(tmp_path):
    record = random_record(1)
    still_open = replace(record.ballot, state=State.OPEN, closed_at=None, outcome=None)
    record = replace(record, row=replace(record.row, ballot=still_open))
    line, wrong = recount.recount(exported(record, tmp_path / "b1"), None)
    assert (wrong, line.split(", ")[1:]) == ([], ["not closed yet", "not anchored"])


def test_it_is_short_old_enough_and_stands_alone():
    source = SOURCE.read_text("utf-8")
    assert source.count("\n") <= 790
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


def test_terms_that_were_changed_with_all_their_hashes_are_found_by_those_of_the_mail(
    tmp_path, capsys
):
    record = announced()
    moved = replace(record.ballot, closed_at=Instant(record.ballot.closed_at - 1000))
    folder = exported(replace(record, row=replace(record.row, ballot=moved)), tmp_path / "b1")
    assert recount.main([str(folder), "--terms", record.ballot.terms_sha256]) == 1
    assert "The terms you gave are others" in capsys.readouterr().err


def test_a_hostile_export_writes_nothing_but_sentences_on_a_terminal(tmp_path, capsys):
    folder = exported(announced(), tmp_path / "b1")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["format"] = "\x1b[2J\noutcome adopted\rchain ok" + "!" * 9_999
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert recount.main([str(folder)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    assert len(line) < 400


def test_of_many_differences_the_first_are_told(tmp_path, capsys):
    folder = exported(announced(), tmp_path / "b1")
    acts = (folder / "acts.jsonl").read_text("utf-8").splitlines()
    (folder / "acts.jsonl").write_text("\n".join(acts * 9) + "\n", "utf-8")
    assert recount.main([str(folder)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == recount.SHOWN + 1
    assert told[-1].startswith("And ")


@pytest.mark.parametrize("name", ["acts.jsonl", "personal.jsonl"])
def test_what_is_no_file_is_not_read(tmp_path, capsys, name):
    folder = exported(announced(), tmp_path / "b1")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert recount.main([str(folder)]) == 1
    assert capsys.readouterr().err == f"{name} is no file.\n"


def test_a_path_that_cannot_be_one_is_told_in_a_sentence(capsys):
    assert recount.main(["x" * 5_000]) == 1
    assert capsys.readouterr().err.endswith(" …\n")


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
    "proposer": lambda m: m["ballot"].update(proposer="gil-or-ada"),
    "close": lambda m: m["ballot"].update(closed_at="2025-11-03T08:00:00.000Z"),
    "no close": lambda m: m["ballot"].update(closed_at=None),
    "terms": lambda m: m["terms"]["hashed"].update(proposer="zed"),
    "hash of the terms": lambda m: m["terms"].update(sha256=HEAD),
    "counted at": lambda m: m.update(counted_at="1970-01-01T00:01:00.000Z"),
    "admitted": lambda m: m["roll"]["admitted"].append("zed"),
    "level": lambda m: m["count"].update(level="divergence-or-not"),
    "unconfirmed": lambda m: m["count"]["unconfirmed"].append("zed"),
    "rulings": lambda m: m["count"]["came_in"].update(rulings=99),
    "outcome": lambda m: m.update(outcome="not_quorate"),
    "count": lambda m: m["count"].update(endorse=99),
    "came in": lambda m: m["count"]["came_in"].update(replaced=99),
    "position": lambda m: m["count"]["positions"].update(gil="x"),
    "code": lambda m: m["text"].update(code="00000000"),
    "label": lambda m: m["ballot"].update(label="b/2"),
    "opened again": lambda m: (m["ballot"].update(state="open"), m.update(outcome=None)),
    "withdrawn after all": lambda m: (
        m["ballot"].update(state="withdrawn"),
        m.update(outcome="withdrawn"),
    ),
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


def ruled(*drafts, **changes):
    """Make a closed ballot by rough consensus with these acts."""
    changes = {"rule": Rule(mode="rough"), "state": State.ANNOUNCED, "closed_at": CLOSES} | changes
    return record_of(ballot(**changes), drafts)


NOW = OPENED // 1000 + 60


@pytest.mark.parametrize(
    "act",
    [
        draft("ben", Door.CHAT, "shrug", at=NOW),
        draft("ben", Door.CHAT, "address", at=NOW),
        draft("ben", Door.CHAT, "endorse", at=NOW, flags=("doubled",)),
        draft("ben", Door.CHAT, "endorse", at=NOW, capacity="@deputy"),
        rule_on("endorse", "x", at=NOW),
        rule_on("pardon", "x", at=NOW),
        amend("cosmetic", 1, at=NOW),
    ],
)
def test_an_act_with_a_word_that_is_not_known_asks_for_a_newer_recount(tmp_path, act):
    folder = exported(ruled(), tmp_path / "b1")
    (folder / "acts.jsonl").write_bytes(act_line(chain(act, seq=1, prev_hash=GENESIS)))
    with pytest.raises(recount.Refused, match="needs a newer recount"):
        recount.recount(folder, None)


def test_a_level_that_is_not_known_asks_for_a_newer_recount(tmp_path):
    folder = exported(ruled(rule_on("declare", "acclamation", at=NOW)), tmp_path / "b1")
    with pytest.raises(recount.Refused, match="needs a newer recount"):
        recount.recount(folder, None)


def amended():
    """A ballot whose text was changed once, with both texts as the log names them."""
    before, now = statement_text("One."), statement_text("Two.", version=2)
    change = rule_on("amend", f"substantive/2/{now.sha256}", at=NOW + 60)
    return ruled(draft("ben", Door.CHAT, "endorse", at=NOW), change, text=now, earlier=(before,))


TEXTS = {
    "earlier text": lambda m: m["earlier"][0].update(text="Zero."),
    "another text": lambda m: m["text"].update(text="3\n", sha256=statement_text("3").sha256),
    "text left out": lambda m: m.update(text=m["earlier"][0], earlier=[]),
    "version": lambda m: m["text"].update(version=3),
}


@pytest.mark.parametrize("spoiled", TEXTS)
def test_a_text_that_is_not_the_one_the_log_names_is_found(tmp_path, spoiled):
    folder = exported(amended(), tmp_path / "b1")
    assert recount.recount(folder, None)[1] == []
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    TEXTS[spoiled](manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert any("text of version" in each for each in recount.recount(folder, None)[1])


@pytest.mark.parametrize("afterwards", ["stop", "correct"])
def test_the_late_register_may_be_closed_and_words_corrected_after_the_result(tmp_path, afterwards):
    acts = [
        draft("ben", Door.CHAT, "endorse", at=NOW),
        rule_on("declare", "consensus", at=NOW + 60),
    ]
    late = CLOSES // 1000 + 60
    record = ruled(*acts, rule_on(afterwards, "", at=late, target=None))
    folder = exported(record, tmp_path / "b1")
    assert recount.recount(folder, record.acts[1].hash)[1] == []
    record = ruled(*acts, rule_on("declare", "divergence", at=late))
    folder = exported(record, tmp_path / "b2")
    (told,) = recount.recount(folder, record.acts[1].hash)[1]
    assert told.startswith("Act 3 came after the head you gave, and counts: the result mail")


def test_an_appeal_follows_the_result_and_changes_nothing(tmp_path):
    late = CLOSES // 1000 + 60
    appeal = draft("ben", Door.CHAT, "appeal", at=late, verdict=Verdict.LATE)
    record = ruled(rule_on("declare", "consensus", at=NOW), appeal)
    folder = exported(record, tmp_path / "b1")
    assert recount.recount(folder, record.acts[0].hash)[1] == []


def test_a_strict_silence_that_was_broken_before_its_close_is_found(tmp_path):
    acts = [draft("ben", Door.REACTION, "object", at=NOW), draft("ada", Door.CHAT, "hold", at=NOW)]
    record = ruled(*acts, rule=Rule(mode="silence", strict=True))
    assert record.ballot.closed_at == NOW * 1000
    assert recount.recount(exported(record, tmp_path / "b1"), None)[1] == []
    later = replace(record.ballot, closed_at=CLOSES)
    moved = replace(record, at=CLOSES, row=replace(record.row, ballot=later))
    folder = exported(moved, tmp_path / "b2")
    assert "The strict silence was broken before the close." in recount.recount(folder, None)[1]


def test_whoever_the_chair_admits_is_on_the_roll_and_among_the_people(tmp_path):
    acts = [rule_on("admit", "zoe", at=NOW), draft("zoe", Door.CHAT, "endorse", at=NOW + 60)]
    zoe = Member(PersonId("zoe"), "Zoe")
    record = ruled(*acts, roster=replace(ballot().roster, admitted=(zoe,)))
    line, wrong = recount.recount(exported(record, tmp_path / "b1"), None)
    assert (wrong, line.split()[3]) == ([], "1")


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
