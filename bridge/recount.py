"""Recount a ballot from its export, without believing whoever made the export.

    python3 recount.py .               inside the export; Python 3.9 or newer, nothing else
    python3 recount.py . --head HASH   with the log's head as the result mail printed it

It reads the export, writes nothing, asks no server, and imports nothing of the program whose work
it checks. It prints one line; what differs follows in sentences. Exit 0: all agrees. 1: something
differs. 2: it was not called rightly.

What is checked
  1. Each row of acts.jsonl is canonical JSON and has the hash it says (SHA-256 of the row without
     its hash); it is number N in line N and names the hash of the row before. A log whose end was
     cut off is whole in itself: only a head you have from elsewhere, such as the result mail,
     anchors it. What was logged after that head may not count in a ballot that is closed.
  2. No two rows come from one source, and all belong to this ballot.
  3. Each row of personal.jsonl has the hash that its act holds. Rows of erased people are missing.
  4. Text, rule and roll have the hashes that call and result print: compare them with yours.
  5. The count that follows equals the manifest's, number by number.

How it is counted
  1. Acts count in the order in which they were done (effective_at, then source), not as they came.
  2. Only accepted acts count, of people on the roll, done by the close. What a moderator removed
     was not taken back by the one who gave it: the position stays.
  3. The latest act of a person wins, through whichever door it came.
  4. An open objection masks later taps. It ends when the very reaction that raised it is taken
     back, when the person writes another answer, or writes WITHDRAW.
  5. When the reaction that counts is taken back, the latest one still showing counts again. If none
     is showing there is no position; nothing written earlier comes back.
  6. A hold lies over the answer below it until it expires; each person has one.
  7. A reservation is a yes once its words are there.
  8. To speak for an organisation is apart from speaking for oneself. Its position is its primary
     delegates', else the equals', else the alternates'; if they differ it has none.
  9. Silence is silence. What the numbers amount to is the mode's own rule: see MODES.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import ceil
from operator import itemgetter
from pathlib import Path
from typing import Any

SAME, DIFFERS, USAGE = 0, 1, 2
FORMAT = 1
NEWER = "this export needs a newer recount"
GENESIS = "0" * 64
SELF = "self"
Row = Mapping[str, Any]

# A field that is not named here has rules that this program cannot know.
ACT = set(
    "ballot seq received_at effective_at claimed_at door source_id person_ref capacity text_version"
    " position target with_text verdict reason flags personal_hash prev_hash hash".split()
)
RULE = set(
    "mode k quorum threshold comparison blocking minimum_window final_call after_lifting hold"
    " grace_chat grace_mail confirm doors min_evidence short shortened_reason".split()
)
ROLL = {"name", "members", "delegations"}
ANSWERS = ("endorse", "reserve", "no_objection", "abstain", "recuse", "hold", "object")
KNOWN = {
    "position": {*ANSWERS, "withdraw", "removed", ""},
    "verdict": {"accepted", "rejected", "suggestion", "late", ""},
    "door": {"reaction", "chat", "mail", "cli", "chair", ""},
}
FINAL, VOID = ("closed", "announced"), ("withdrawn", "superseded")
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
PENDING = ("draft", "comment", "locked", "open", "final_call")


class Refused(Exception):
    """The export cannot be recounted; the sentence says why."""


encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
decode = json.JSONDecoder().decode


def sha256(*texts: str) -> str:
    return hashlib.sha256("".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogatepass")


def formed(value: Row, names: set[str], what: str) -> Row:
    """Return the object if it has these fields and no other."""
    if value.keys() != names:
        strange = min(value.keys() ^ names)
        raise Refused(f"{what} and I do not know the same fields ({strange}): {NEWER}")
    return value


def rows(path: Path, names: set[str]) -> Iterator[tuple[Row, str]]:
    """Yield each line's object and text; one that could be written in another way is refused."""
    *lines, rest = read(path).split("\n")
    if rest:
        raise Refused(f"{path.name} does not end in a line end: something is missing there")
    values = [decode(line) for line in lines]
    # Encoding all at once is several times quicker than one by one.
    are_canonical = encode(values) == f"[{','.join(lines)}]"
    for number, (row, line) in enumerate(zip(values, lines), start=1):
        if not are_canonical and encode(row) != line:
            raise Refused(f"Line {number} of {path.name} is altered: it is not canonical JSON")
        formed(row, names, f"Line {number} of {path.name}")
        for field, known in KNOWN.items():
            if row.get(field, "") not in known:
                raise Refused(f"Act {number} has the {field} {row[field]!r}: {NEWER}")
        yield row, line


def broken_at(log: list[tuple[Row, str]]) -> int | None:
    """Return the number of the first row that is missing, moved, doubled or altered."""
    head = GENESIS
    for number, (act, line) in enumerate(log, start=1):
        # Inside of strings quotation marks are escaped, so this is the field and nothing else.
        hashed = line.replace(f'"hash":"{act["hash"]}",', "", 1)
        if (act["seq"], act["prev_hash"], act["hash"]) != (number, head, sha256(hashed)):
            return number
        head = act["hash"]
    return None


def check(folder: Path, manifest: Row, acts: list[Row]) -> Iterator[str]:
    """Yield a sentence for each thing, beside the chain, that is not as the export says."""
    if manifest["text"]["sha256"] != sha256(manifest["text"]["text"]):
        yield "The text is not the one whose hash the manifest names."
    for name in ("rule", "roll"):
        if manifest[name]["sha256"] != sha256(encode(manifest[name]["hashed"])):
            yield f"The {name} is not the one whose hash the manifest names."
    if manifest["head"] != (acts[-1]["hash"] if acts else GENESIS):
        yield "The log does not end with the head that the manifest names."
    seen: dict[tuple[str, str], int] = {}
    for number, act in enumerate(acts, start=1):
        first = seen.setdefault((act["door"], act["source_id"]), number)
        if first != number:
            yield f"Rows {first} and {number} of the log come from one source."
        if act["ballot"] != manifest["ballot"]["id"]:
            yield f"Row {number} of the log belongs to another ballot."
    path, hashes = folder / "personal.jsonl", {act["seq"]: act["personal_hash"] for act in acts}
    for row, _ in rows(path, {"seq", "salt", "personal"}) if path.exists() else ():
        if hashes.pop(row["seq"], None) != sha256(row["salt"], encode(row["personal"])):
            yield f"The personal part of act {row['seq']} is not the one that the log means."


def numbers(*acts: Row | None) -> set[int]:
    return {act["seq"] for act in acts if act is not None}


class Voice:
    """What counts, what shows, and what became of each act."""

    def __init__(self) -> None:
        self.answer: Row | None = None  # what counts, below a hold
        self.hold: Row | None = None
        self.first_hold: Row | None = None
        self.words: Row | None = None  # a written reservation, whose words a tapped one keeps
        self.showing: dict[str, Row] = {}  # reactions that may count again, oldest first
        self.reactions: dict[str, Row] = {}  # all there ever were, by source
        self.gone: set[str | None] = set()  # taken back before they were given: clocks differ
        self.objections: list[str | None] = []  # how each ended; None: it is open
        self.replaced: set[int] = set()
        self.withdrawn: set[int] = set()

    @property
    def objects(self) -> bool:
        return bool(self.objections) and self.objections[-1] is None

    def take(self, act: Row) -> None:
        kind, source, is_tap = act["position"], act["source_id"], act["door"] == "reaction"
        if kind == "removed":
            self.take_back(act["target"])
        elif kind == "withdraw":
            self.withdraw()
        elif is_tap and source in self.gone:
            self.withdrawn.add(act["seq"])
        else:
            if is_tap:
                self.reactions[source] = act
            if kind == "hold" and self.first_hold is not None:
                self.replaced.add(act["seq"])
                return
            if is_tap:
                self.showing[source] = act
            if kind == "hold":
                self.first_hold = self.hold = act
            elif is_tap and self.objects:
                self.replaced.add(act["seq"])
            else:
                self.settle(act, is_tap)

    def settle(self, act: Row, is_tap: bool) -> None:
        if not is_tap:
            if self.objects and act["position"] == "object":
                self.objections.pop()  # the same objection in other words
            self.lift_in_writing("replaced")
            if act["with_text"] or act["position"] != "reserve":
                self.words = act if act["position"] == "reserve" else None
        self.replaced |= numbers(self.answer, self.hold)
        self.answer, self.hold = act, None
        self.object_if_so()

    def take_back(self, source: str | None) -> None:
        removed = self.reactions.get(source or "")
        if removed is None:
            self.gone.add(source)
            return
        self.showing.pop(removed["source_id"], None)
        self.withdrawn.add(removed["seq"])
        if removed is self.hold:
            self.hold = None
        if removed is self.answer:
            if self.objects:
                self.objections[-1] = "removed"
            self.fall_back()

    def withdraw(self) -> None:
        self.withdrawn |= numbers(self.answer)
        if self.objects:
            self.lift_in_writing("withdrawn")
            self.fall_back()
        else:
            self.withdrawn |= numbers(self.hold, *self.showing.values())
            self.showing.clear()
            self.answer = self.hold = self.words = None

    def lift_in_writing(self, how: str) -> None:
        """End an objection, which does not come back because its sign still shows."""
        if self.objects:
            self.objections[-1] = how
        self.showing = {k: act for k, act in self.showing.items() if act["position"] != "object"}

    def fall_back(self) -> None:
        showing = list(self.showing.values())
        answers = [act for act in showing if act is not self.first_hold]
        self.answer = answers[-1] if answers else None
        if self.hold is None and showing and showing[-1] is self.first_hold:
            self.hold = self.first_hold
        self.replaced -= numbers(self.answer, self.hold)
        self.object_if_so()

    def object_if_so(self) -> None:
        if self.answer is not None and self.answer["position"] == "object":
            self.objections.append(None)


class Ballot:
    """What was frozen, and the instant to count at."""

    def __init__(self, manifest: Row) -> None:
        self.rule = formed(manifest["rule"]["hashed"], RULE, "The rule")
        self.roll = formed(manifest["roll"]["hashed"], ROLL, "The roll")
        self.state, self.proposer = manifest["ballot"]["state"], manifest["ballot"]["proposer"]
        if self.rule["mode"] not in MODES or self.state not in (*FINAL, *VOID, *PENDING):
            raise Refused(f"The mode is {self.rule['mode']}, the state {self.state}: {NEWER}")
        # The log counts milliseconds since 1970; the manifest is written for people.
        moment = datetime.fromisoformat(manifest["counted_at"].replace("Z", "+00:00"))
        since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
        self.at = since // timedelta(milliseconds=1)
        self.members = set(self.roll["members"])

    def verdict(self, act: Row) -> tuple[str, str]:
        """Return what an act amounts to (rule 2), and why if it is rejected."""
        found, why = act["verdict"], act["reason"] or "removed_by_moderator"
        if found == "accepted" and act["person_ref"] not in self.members:
            return "rejected", "not_on_the_roll"
        if found == "accepted" and act["effective_at"] > self.at:
            return "late", why
        is_moderation = act["position"] == "removed" and "removed_by_moderator" in act["flags"]
        return "rejected" if is_moderation else found, why

    def live_hold(self, voice: Voice) -> Row | None:
        ends = voice.hold["effective_at"] + self.rule["hold"] * 1000 if voice.hold else self.at
        return voice.hold if self.at < ends else None

    def standing(self, voice: Voice) -> Row | None:
        """Return the act that gives the position, or None."""
        return voice.answer if voice.objects else self.live_hold(voice) or voice.answer

    def fate(self, act: Row, voice: Voice) -> str:
        standing, seq = self.standing(voice), act["seq"]
        if act is standing:
            return "recusals" if act["position"] == "recuse" else "positions"
        is_below = standing and (act is voice.answer or act is self.live_hold(voice))
        is_replaced = (is_below or seq in voice.replaced) and seq not in voice.withdrawn
        return "replaced" if is_replaced else "withdrawn"

    def count(self, acts: list[Row]) -> dict[str, Any]:
        """Count everything anew; the keys are those of the manifest's ``count``."""
        once = {(act["door"], act["source_id"]): act for act in reversed(acts)}
        voices: dict[tuple[str, str], Voice] = {}
        rejected, fates, heard = Counter[str](), Counter[str](), []
        for act in sorted(once.values(), key=itemgetter("effective_at", "source_id", "door")):
            verdict, why = self.verdict(act)
            if verdict == "accepted":
                voice = voices.setdefault((act["capacity"], act["person_ref"]), Voice())
                voice.take(act)
                heard.append((act, voice))
            elif verdict == "rejected":
                rejected[why] += 1
            else:
                fates[verdict] += 1
        fates.update(self.fate(act, voice) for act, voice in heard)
        kinds = ("positions", "recusals", "replaced", "withdrawn", "suggestion", "late")
        came_in: dict[str, Any] = {kind: fates[kind] for kind in kinds}
        counted = self.table(voices)
        decided = MODES[self.rule["mode"]](counted, self.rule) if counted["base"] else "not_adopted"
        came_in |= {"rejected": dict(rejected), "rows": len(once)}
        return {**counted, "came_in": came_in, "outcome": decided}

    def table(self, voices: Mapping[tuple[str, str], Voice]) -> dict[str, Any]:
        heard = {key: act for key, one in voices.items() if (act := self.standing(one))}
        positions = {who: act["position"] for (role, who), act in heard.items() if role == SELF}
        table = dict.fromkeys((*ANSWERS, "reserve_without_words"), 0)
        support, objections = 0, list[Any]()
        for (capacity, person), voice in voices.items():
            objections += voice.objections if capacity == SELF else ()
            row = positions.get(person) if capacity == SELF else None
            if row == "reserve" and not (voice.words or heard[SELF, person]["with_text"]):
                row = "reserve_without_words"
            if row is not None:
                table[row] += 1
                support += row in ("endorse", "reserve") and person != self.proposer
        yes, base = table["endorse"] + table["reserve"], len(self.members) - table["recuse"]
        asked = self.rule["quorum"] or 0
        return {
            **table,
            "silent": len(self.members) - len(positions),
            "eligible": len(self.members),
            "base": base,
            "yes": yes,
            "answered": yes + table["no_objection"] + table["abstain"] + table["object"],
            "support": support,
            "quorum": ceil(share(asked) * base) if isinstance(asked, str) else asked,
            "objections": len(objections),
            "objections_open": objections.count(None),
            "people": len({person for _, person in heard}),
            "positions": positions,
            "organisations": self.organisations(heard),
        }

    def organisations(self, heard: Mapping[tuple[str, str], Row]) -> dict[str, str | None]:
        """Return the position of each, "split" if its delegates differ, None if they are silent."""
        found: dict[str, str | None] = {}
        for wanted in ("primary", "equal", "alternate"):
            said: dict[str, set[str]] = {}
            for name, person, role in self.roll["delegations"]:
                found.setdefault(name, None)
                if role == wanted and (name, person) in heard:
                    said.setdefault(name, set()).add(heard[name, person]["position"])
            for name, positions in said.items():
                if found[name] is None:
                    found[name] = min(positions) if len(positions) == 1 else "split"
        return found


def by_silence(counted: Row, rule: Row) -> str:
    """Adopted if nobody objects or asks for time, and k others than the proposer say yes."""
    if counted["objections_open"]:
        return "objected"
    if counted["hold"]:
        return "not_adopted"
    return "adopted" if counted["support"] >= rule["k"] else "too_few"


def by_threshold(counted: Row, rule: Row) -> str:
    """Adopted if enough answer, and enough of those who say yes or no say yes."""
    said, asked = counted["yes"] + counted["object"], share(rule["threshold"])
    if counted["answered"] < counted["quorum"]:
        return "not_quorate"
    reached = Fraction(counted["yes"], said) if said else Fraction(-1)
    if reached < asked or (reached == asked and rule["comparison"] != "at_least"):
        return "not_adopted"
    return "objected" if rule["blocking"] and counted["objections_open"] else "adopted"


MODES: dict[str, Callable[[Row, Row], str]] = {"silence": by_silence, "threshold": by_threshold}


def share(written: str) -> Fraction:
    if not re.fullmatch("[0-9]{1,9}(/[1-9][0-9]{0,8})?", written):
        raise Refused(f"{written!r} is no share")
    return Fraction(written)


def differences(said: Any, found: Any, where: str) -> Iterator[str]:
    if isinstance(said, dict) and isinstance(found, dict):
        for key in sorted(said.keys() | found.keys()):
            yield from differences(said.get(key), found.get(key), f"{where} {key}")
    elif encode(said) != encode(found):
        yield f"The manifest says {where} {encode(said)}, the acts say {encode(found)}."


def recount(folder: Path, head: str | None) -> tuple[str, list[str]]:
    """Return the line to print, and a sentence for each thing that differs."""
    manifest = decode(read(folder / "manifest.json"))
    if manifest["format"] != FORMAT:
        raise Refused(f"Its format is {manifest['format']}: {NEWER}")
    ballot, log = Ballot(manifest), list(rows(folder / "acts.jsonl", ACT))
    acts = [act for act, _ in log]
    counted = ballot.count(acts)
    said = None if ballot.state in PENDING else counted["outcome"]
    said = "withdrawn" if ballot.state in VOID else said
    wrong = [*check(folder, manifest, acts), *differences(manifest["outcome"], said, "outcome")]
    wrong += differences(manifest["count"], counted, "count")
    hashes, broken = [GENESIS, *(act["hash"] for act in acts)], broken_at(log)
    if head is not None and head not in hashes:
        wrong.append("The head you gave is not in this log: it is another log, or its end is gone.")
        broken = broken or len(acts) + 1
    elif head is not None and ballot.state in FINAL:
        later = [act for act in acts[hashes.index(head) :] if ballot.verdict(act)[0] == "accepted"]
        wrong += [f"Act {act['seq']} came after the head you gave, and counts." for act in later]
    spoke = [each for each in counted["organisations"].values() if each not in (None, "split")]
    if broken:
        wrong.insert(0, f"Row {broken} of the log is missing, moved, doubled or altered.")
    line = (
        f"outcome {said or counted['outcome']} people {counted['people']} "
        f"organisations {len(spoke)} chain {f'broken at seq {broken}' if broken else 'ok'}"
        f"{'' if said else ', not closed yet'}{', not anchored' if head is None else ''}"
    )
    return line, wrong


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="recount", description="Recount an exported ballot.")
    parser.add_argument("export", type=Path, help="the export's folder")
    parser.add_argument("--head", help="the head of the log, as the result mail printed it")
    given = parser.parse_args(arguments)
    if given.head is not None and not re.fullmatch("[0-9a-f]{64}", given.head):
        parser.error("--head takes the whole hash, 64 characters; a part of it proves nothing")
    if not (given.export / "manifest.json").is_file():
        parser.error(f"{given.export} is no export: there is no manifest.json in it")
    try:
        line, wrong = recount(given.export, given.head)
    except (Refused, OSError) as error:
        line, wrong = "not recounted", [str(error)]
    except MALFORMED as error:
        line, wrong = "not recounted", [f"The export is not in the form that I know: {error!r}"]
    sys.stdout.write(f"{line}\n")
    sys.stderr.write("".join(f"{sentence}\n" for sentence in wrong))
    return DIFFERS if wrong else SAME


if __name__ == "__main__":
    gc.disable()  # Nothing here refers to itself; looking for it would take a third of the time.
    sys.exit(main(sys.argv[1:]))
