"""Recount a ballot from its export, without believing whoever made the export.

    python3 recount.py .               inside the export; Python 3.9 or newer, nothing else
    python3 recount.py . --head HASH --terms HASH   with both as the result mail printed them

It reads the export, writes nothing, asks no server, and imports nothing of the program whose work
it checks. It prints one line; what differs follows in sentences. Exit 0: all agrees. 1: something
differs. 2: it was not called rightly. No hash covers the title, the names and the state.

What is checked
  1. Each row of acts.jsonl is canonical JSON and has the hash it says (SHA-256 of the row without
     its hash); it is number N in line N and names the hash of the row before. A log whose end was
     cut off is whole in itself: only a head you have from elsewhere, such as the result mail,
     anchors it. What was logged after that head may not count in a ballot that is closed.
  2. No two rows come from one source, and all belong to this ballot.
  3. Each row of personal.jsonl has the hash that its act holds. Rows of erased people are missing.
  4. Text, rule and roll have the hashes that call and result print, and so have the terms (the
     proposer, the close, and these three). Whoever made the export may have made these hashes,
     too: only the terms' hash that you have from elsewhere anchors them. Earlier texts are those
     that the log names.
  5. The count that follows equals the manifest's, number by number.

How it is counted
  1. Acts count in the order in which they were done (effective_at, then source), not as they came.
     How long something lasts is measured from when it came (received_at): senders' clocks may lie.
  2. Only accepted acts count, of people on the roll, done by the close; on a sign-on list a name
     may be taken off until the list is published. What a moderator removed was not taken back by
     the one who gave it: the position stays.
  3. The latest act of a person wins, through whichever door it came.
  4. An open objection masks later taps. It ends when the very reaction that raised it is taken
     back, when the person writes another answer, or writes WITHDRAW. Beside one to the text there
     may be one to how its change was called (a contest); WITHDRAW ends the one raised last.
  5. When the reaction that counts is taken back, what still shows counts again: the first
     objection, else the latest answer. If none is showing there is no position; nothing written
     earlier comes back.
  6. A hold lies over the answer below it until it expires; each person has one.
  7. A reservation is a yes once its words are there.
  8. To speak for an organisation is apart from speaking for oneself. Its position is its primary
     delegates', else the equals', else the alternates'; if they differ it has none.
  9. The chair's rulings are acts of the same log, and count whenever they were done. A voided act
     was never cast; who is admitted is on the roll; an objection that is addressed, overruled or
     set aside is open no more, but whoever raised it counts as objecting.
 10. A substantive change of the text asks everybody anew: what was said on an earlier text is no
     position, and objections to that text are over. An editorial change changes nothing, but an
     open contest of it stands in the way of any adoption.
 11. Under a strict rule the first accepted objection ends the ballot at its instant: it breaks the
     silence even if it is taken back afterwards.
 12. An objection raised after an earlier one of that person ended is new: see raised_again.
 13. Silence is silence. What the numbers amount to is the mode's own rule: see MODES.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import re
import sys
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

SAME, DIFFERS, USAGE = 0, 1, 2
SHOWN, LONGEST = 20, 300  # sentences, and characters of one
FORMAT = 1
NEWER = "this export needs a newer recount"
GENESIS = "0" * 64
SELF, CHAIR = "self", "@chair"
Row = Mapping[str, Any]
Key = tuple[Any, ...]  # whose voice: capacity, person, epoch of the text

# What is not named here has rules that this program cannot know.
ACT = set(
    "ballot seq received_at effective_at claimed_at door source_id person_ref capacity text_version"
    " position target with_text verdict reason flags personal_hash prev_hash hash".split()
)
RULE = set(
    "mode k quorum threshold comparison blocking minimum_window final_call after_lifting hold"
    " grace_chat grace_mail confirm doors min_evidence short shortened_reason".split()
)
RULE_ADDED = set(
    "appeal calendar contest cosigners hard_stop reason_wait strict".split()
)  # if unusual
ROLL = {"name", "members", "delegations"}
ANSWERS = ("endorse", "reserve", "no_objection", "abstain", "recuse", "hold", "object")
POSITIONS = {*ANSWERS, "withdraw", "removed", "appeal", ""}  # an appeal comes after the close
LIFTING = {"address": "addressed", "overrule": "overruled", "set_aside": "set_aside"}
RULINGS = {*LIFTING, "void", "admit", "declare", "amend", "extend", "stop", "correct"}
AFTERWARDS = {"stop", "correct"}  # what the chair may do about a result that is out
LEVELS = {"full_consensus": "adopted", "consensus": "adopted"}
LEVELS |= {"strong_support": "not_adopted", "divergence": "not_adopted"}
FLAGS = {"grace", "removed_by_moderator", "contest", "until_publication", "behind"}
KNOWN = {
    "verdict": {"accepted", "rejected", "suggestion", "late"},
    "door": {"reaction", "chat", "mail", "cli", "chair"},
}
FINAL, VOID = ("closed", "announced"), ("withdrawn", "superseded")
PENDING = ("draft", "comment", "locked", "open", "final_call")
MALFORMED = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(MemoryError, RecursionError),
)


class Refused(Exception):
    """The export cannot be recounted; the sentence says why."""


encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
decode = json.JSONDecoder().decode
raw_decode = json.JSONDecoder().raw_decode


def decode_line(line: str) -> Any:
    """Return the value that is the whole line; decode would look for blanks around it."""
    value, end = raw_decode(line)
    if end != len(line):
        raise ValueError("a line is no JSON")
    return value


def sha256(*texts: str) -> str:
    return hashlib.sha256("".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def read(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise Refused(f"{path.name} is no file.")
    return path.read_bytes().decode("utf-8", "surrogatepass")


def formed(value: Row, names: set[str], what: str, more: Iterable[str] = ()) -> Row:
    """Return the object if it has these fields, perhaps some of the others, and none else."""
    strange = names ^ (value.keys() - set(more))
    if strange:
        raise Refused(f"{what} and I do not know the same fields ({min(strange)}): {NEWER}")
    return value


def rows(path: Path, names: set[str]) -> Iterator[tuple[Row, str]]:
    """Yield each line's object and text; one that could be written in another way is refused."""
    *lines, rest = read(path).split("\n")
    if rest:
        raise Refused(f"{path.name} does not end in a line end: something is missing there")
    # Encoding many at once is several times quicker than one by one.
    for start in range(0, len(lines), 500):
        some = lines[start : start + 500]
        values = [decode_line(line) for line in some]
        are_canonical = encode(values) == f"[{','.join(some)}]"
        for number, (row, line) in enumerate(zip(values, some), start=start + 1):
            if not are_canonical and encode(row) != line:
                raise Refused(f"Line {number} of {path.name} is altered: it is not canonical JSON")
            if row.keys() != names:
                formed(row, names, f"Line {number} of {path.name}")
            yield row, line


def must_be_known(acts: list[Row]) -> None:
    """Refuse a log with a word that has no meaning here; the same words are looked at once."""
    seen: set[tuple[Any, ...]] = set()
    for number, act in enumerate(acts, start=1):
        words = (act["capacity"], act["position"], act["verdict"], act["door"], *act["flags"])
        if words not in seen:
            seen.add(words)
            must_have_known_words(number, act)


def must_have_known_words(number: int, act: Row) -> None:
    capacity, kinds = act["capacity"], RULINGS if act["capacity"] == CHAIR else POSITIONS
    strange = [field for field, known in KNOWN.items() if act[field] not in known]
    strange += [] if act["position"] in kinds else ["position"]
    strange += [] if capacity == CHAIR or not capacity.startswith("@") else ["capacity"]
    strange += [] if FLAGS.issuperset(act["flags"]) else ["flags"]
    if strange:
        raise Refused(f"Act {number} has the {strange[0]} {act[strange[0]]!r}: {NEWER}")


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


def milliseconds(written: str) -> int:
    """Return an instant as the log counts it, since 1970; the manifest is written for people."""
    moment = datetime.fromisoformat(written.replace("Z", "+00:00"))
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


def check_manifest(manifest: Row) -> Iterator[str]:
    """Yield a sentence for each hash in the manifest that is not of what stands beside it."""
    for text in (*manifest["earlier"], manifest["text"]):
        if text["sha256"] != sha256(text["text"]):
            yield f"The text of version {text['version']} is not the one whose hash is named."
    for name in ("rule", "roll", "terms"):
        if manifest[name]["sha256"] != sha256(encode(manifest[name]["hashed"])):
            yield f"The {name} is not the one whose hash the manifest names."
    ballot, closed_at = manifest["ballot"], manifest["ballot"]["closed_at"]
    said = {"code": manifest["text"]["code"], "label": ballot["label"]}
    says = {"code": manifest["text"]["sha256"][:8], "label": f"b/{ballot['id']}"}
    yield from differences(said, says, "manifest", "the rest says")
    if closed_at is not None and ballot["state"] not in FINAL:
        yield f"It is said to be {ballot['state']}, and has a close."
    terms = {name: manifest[name]["sha256"] for name in ("text", "rule", "roll")}
    terms |= {"ballot": ballot["id"], "proposer": ballot["proposer"]}
    terms["closed_at"] = None if closed_at is None else milliseconds(closed_at)
    yield from differences(manifest["terms"]["hashed"], terms, "terms", "the rest says")
    if closed_at != manifest["counted_at"] and (closed_at or ballot["state"] in FINAL):
        yield "It was not counted at its close."


def check_log(folder: Path, manifest: Row, acts: list[Row]) -> Iterator[str]:
    """Yield a sentence for each thing in the log, beside its chain, that is wrong."""
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


def check_rulings(manifest: Row, chair: Chair) -> Iterator[str]:
    """Yield a sentence for each thing that the chair's acts say otherwise than the manifest."""
    texts = {text["version"]: text["sha256"] for text in (*manifest["earlier"], manifest["text"])}
    for version, made in chair.texts.items():
        if texts.get(version) != made:
            yield f"The text of version {version} is not the one that the log names."
    if set(manifest["roll"]["admitted"]) != chair.admitted:
        yield "Not the same people were admitted to the roll as the log says."
    if chair.text_now > manifest["text"]["version"]:
        yield f"The log names version {chair.text_now} of the text; the manifest does not."


def is_contest(act: Row) -> bool:
    return "contest" in act["flags"]


def numbers(*acts: Row | None) -> set[int]:
    return {act["seq"] for act in acts if act is not None}


class Objection:
    """One objection, until something ends it."""

    def __init__(self, raised: Row) -> None:
        self.raised = raised
        self.how: str | None = None  # None: it is open
        self.ended_at, self.ended_by = 0, raised

    def end(self, how: str, act: Row) -> None:
        self.how, self.ended_at, self.ended_by = how, act["received_at"], act


class Voice:
    """What one person says on one text: what counts, what shows, and what became of each act."""

    def __init__(self) -> None:
        self.answer: Row | None = None  # what counts, below a hold
        self.hold: Row | None = None
        self.held: Row | None = None  # which of the two gives the position in the end
        self.first_hold: Row | None = None
        self.words: Row | None = None  # a written reservation, whose words a tapped one keeps
        self.showing: dict[str, Row] = {}  # reactions that may count again, oldest first
        self.reactions: dict[str, Row] = {}  # all there ever were, by source
        self.gone: set[str | None] = set()  # taken back before they were given: clocks differ
        self.objections: dict[int, Objection] = {}  # all that were raised, in this order
        self.open: dict[bool, Objection] = {}  # by whether it is a contest, the latest last
        self.replaced: set[int] = set()
        self.withdrawn: set[int] = set()

    def take(self, act: Row) -> None:
        kind, source, is_tap = act["position"], act["source_id"], act["door"] == "reaction"
        if kind == "removed":
            self.take_back(act)
        elif kind == "withdraw":
            self.withdraw(act)
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
            elif is_tap and self.open and not self.is_another(act):
                self.replaced.add(act["seq"])
            else:
                self.settle(act, is_tap)

    def rule(self, ruling: Row, about: Row) -> None:
        """Take what the chair says about an objection, if that one is open."""
        one = self.open.get(is_contest(about))
        if one is not None and one.raised is about:
            self.open.pop(is_contest(about)).end(LIFTING[ruling["position"]], ruling)

    def is_another(self, act: Row) -> bool:
        return act["position"] == "object" and is_contest(act) not in self.open

    def object(self, act: Row) -> None:
        self.objections[act["seq"]] = self.open[is_contest(act)] = Objection(act)

    def settle(self, act: Row, is_tap: bool) -> None:
        if not is_tap:
            ends = {True, False}
            if act["position"] == "object":
                ends = {is_contest(act)}
                if not self.is_another(act):  # the same objection in other words
                    del self.objections[self.open.pop(is_contest(act)).raised["seq"]]
            self.end_in_writing("replaced", act, ends)
            if act["with_text"] or act["position"] != "reserve":
                self.words = act if act["position"] == "reserve" else None
        if self.answer is not None or self.hold is not None:
            self.replaced |= numbers(self.answer, self.hold)
        self.answer, self.hold = act, None
        if act["position"] == "object":
            self.object(act)

    def take_back(self, act: Row) -> None:
        removed = self.reactions.get(act["target"] or "")
        if removed is None:
            self.gone.add(act["target"] or "")
            return
        self.showing.pop(removed["source_id"], None)
        self.withdrawn.add(removed["seq"])
        if removed is self.hold:
            self.hold = None
        one = self.open.get(is_contest(removed))
        if one is not None and one.raised is removed:
            self.open.pop(is_contest(removed)).end("removed", act)
            self.fall_back()
        elif removed is self.answer:
            self.fall_back()

    def withdraw(self, act: Row) -> None:
        self.withdrawn |= numbers(self.answer)
        if self.open:
            which = list(self.open)[-1]
            self.withdrawn |= numbers(self.open[which].raised)
            self.end_in_writing("withdrawn", act, {which})
            self.fall_back()
        else:
            self.withdrawn |= numbers(self.hold, *self.showing.values())
            self.showing.clear()
            self.answer = self.hold = self.words = None

    def end_in_writing(self, how: str, act: Row, ends: set[bool]) -> None:
        """End objections, which do not come back because their signs still show."""
        for which in ends & self.open.keys():
            self.open.pop(which).end(how, act)
        for key, one in [*self.showing.items()]:
            if one["position"] == "object" and is_contest(one) in ends:
                del self.showing[key]

    def fall_back(self) -> None:
        showing = list(self.showing.values())
        answers = [act for act in showing if act is not self.first_hold]
        ended = (one for one in self.objections.values() if one.how in LIFTING.values())
        ruled = numbers(*(one.raised for one in ended))
        raised = [act for act in answers if self.is_another(act) and act["seq"] not in ruled]
        if raised:
            self.object(raised[0])
        masking = [one.raised for one in self.open.values()]
        self.answer = masking[-1] if masking else (answers[-1] if answers else None)
        if self.hold is None and showing and showing[-1] is self.first_hold:
            self.hold = self.first_hold
        self.replaced |= numbers(*answers) if masking else set()
        self.replaced -= numbers(self.answer, self.hold)


class Chair:
    """What the chair's accepted acts say; the later one wins."""

    def __init__(self, acts: Iterable[Row]) -> None:
        self.void: set[str] = set()
        self.admitted: set[str] = set()
        self.level: str | None = None
        self.texts: dict[int, str] = {}
        substantive: dict[int, Row] = {}
        for act in acts:
            kind, target = act["position"], act["target"] or ""
            if act["capacity"] != CHAIR or act["verdict"] != "accepted":
                continue
            if kind == "void":
                self.void.add(target)
            elif kind == "admit":
                self.admitted.add(target)
            elif kind == "declare":
                self.level = target
            elif kind == "amend":
                label, version, text = target.split("/")
                self.texts[int(version)] = text
                if label == "substantive":
                    substantive[int(version)] = act
                elif label != "editorial":
                    raise Refused(f"Act {act['seq']} calls a change {label!r}: {NEWER}")
        if self.level not in (None, *LEVELS):
            raise Refused(f"The chair declared {self.level!r}: {NEWER}")
        self.text_now = max(self.texts, default=1)
        self.begins = sorted(substantive)  # the versions that asked everybody anew
        self.began = [substantive[version] for version in self.begins]

    def epoch(self, act: Row) -> int:
        return bisect_right(self.begins, act["text_version"])


class Ballot:
    """What was frozen, the instant to count at, and the log in the order that counts."""

    def __init__(self, manifest: Row, acts: list[Row]) -> None:
        self.rule = formed(manifest["rule"]["hashed"], RULE, "The rule", RULE_ADDED)
        self.roll = formed(manifest["roll"]["hashed"], ROLL, "The roll")
        self.state, self.proposer = manifest["ballot"]["state"], manifest["ballot"]["proposer"]
        if self.rule["mode"] not in MODES or self.state not in (*FINAL, *VOID, *PENDING):
            raise Refused(f"The mode is {self.rule['mode']}, the state {self.state}: {NEWER}")
        self.at = milliseconds(manifest["counted_at"])
        # Each source once, the first row of it.
        self.sources = {f"{act['door']}/{act['source_id']}": act for act in reversed(acts)}
        # The chair comes after people of the same millisecond: it is about what they did.
        self.acts = sorted(
            self.sources.values(),
            key=lambda a: (a["effective_at"], a["capacity"] == CHAIR, a["source_id"], a["door"]),
        )
        self.chair = Chair(self.acts)
        self.members = {*self.roll["members"], *self.chair.admitted}

    def verdict(self, act: Row) -> tuple[str, str]:
        """Return what an act amounts to (rules 2 and 9), and why if it is rejected."""
        found, why = act["verdict"], act["reason"] or "removed_by_moderator"
        if act["capacity"] == CHAIR:
            return "rulings", ""
        if self.chair.void and f"{act['door']}/{act['source_id']}" in self.chair.void:
            return "rejected", "voided"
        if found == "accepted" and act["person_ref"] not in self.members:
            return "rejected", "not_on_the_roll"
        if found == "accepted" and act["effective_at"] > self.at:
            return "accepted" if "until_publication" in act["flags"] else "late", why
        is_moderation = act["position"] == "removed" and "removed_by_moderator" in act["flags"]
        return "rejected" if is_moderation else found, why

    def may_follow_the_result(self, act: Row) -> bool:
        """Tell whether an act may come after the head that the result printed."""
        if act["capacity"] == CHAIR:
            return bool(act["verdict"] != "accepted" or act["position"] in AFTERWARDS)
        return self.verdict(act)[0] != "accepted"

    def breaks_silence(self, act: Row, voice: Voice) -> bool:
        is_given = act["source_id"] not in voice.gone and act["effective_at"] <= self.at
        return bool(is_given and act["position"] == "object" and act["capacity"] == SELF)

    def live_hold(self, voice: Voice) -> Row | None:
        ends = voice.hold["received_at"] + self.rule["hold"] * 1000 if voice.hold else self.at
        return voice.hold if self.at < ends else None

    def standing(self, voice: Voice) -> Row | None:
        """Return the act that gives the position, or None."""
        return voice.answer if voice.open else self.live_hold(voice) or voice.answer

    def count(self) -> dict[str, Any]:
        """Count everything anew; the keys are those of the manifest's ``count``."""
        voices: defaultdict[Key, Voice] = defaultdict(Voice)
        rejected, fates, heard = Counter[str](), Counter[str](), []
        for act in self.acts:
            verdict, why = self.verdict(act)
            if verdict == "accepted":
                key = (act["capacity"], act["person_ref"], self.chair.epoch(act))
                voice = voices[key]
                voice.take(act)
                heard.append((act, voice))
            elif verdict == "rejected":
                rejected[why] += 1
            else:
                fates[verdict] += 1
                if verdict == "rulings":
                    self.hear_the_chair(act, voices)
        held = {key: one for key, voice in voices.items() if (one := self.standing(voice))}
        latest: dict[Key, int] = {}
        for *who, epoch in voices:
            latest[tuple(who)] = max(epoch, latest.get(tuple(who), 0))
        for key, act in held.items():
            voices[key].held = act
            if key[2] < len(self.chair.begins):
                fates["replaced" if key[2] < latest[key[:2]] else "unconfirmed"] += 1
            else:
                fates["recusals" if act["position"] == "recuse" else "positions"] += 1
        fates.update(self.fate(act, voice) for act, voice in heard if act is not voice.held)
        kinds = ("positions", "recusals", "replaced", "withdrawn", "suggestion", "late")
        came_in: dict[str, Any] = {kind: fates[kind] for kind in (*kinds, "unconfirmed", "rulings")}
        came_in |= {"rejected": dict(rejected), "rows": len(self.acts)}
        counted = self.table(voices, held)
        counted["unconfirmed"] = sorted(
            person
            for (capacity, person), epoch in latest.items()
            if capacity == SELF and epoch < len(self.chair.begins)
            if (capacity, person, epoch) in held
        )
        counted["raised_again"] = self.raised_again(voices)
        ended = self.ended(voices)
        raised = (a["effective_at"] for a, voice in heard if self.breaks_silence(a, voice))
        self.broken: int | None = next(raised, None)
        found = {**counted, "ended": ended, "broken": self.broken, "at": self.at}
        outcome = MODES[self.rule["mode"]](found, self.rule)
        if not counted["base"] and self.rule["mode"] not in COUNTING_ONLY:
            outcome = "not_adopted"
        return {**counted, "came_in": came_in, "outcome": outcome}

    def hear_the_chair(self, ruling: Row, voices: Mapping[Key, Voice]) -> None:
        about = self.sources.get(ruling["target"] or "")
        if about and ruling["position"] in LIFTING and ruling["verdict"] == "accepted":
            voice = voices.get((about["capacity"], about["person_ref"], self.chair.epoch(about)))
            if voice is not None:
                voice.rule(ruling, about)

    def fate(self, act: Row, voice: Voice) -> str:
        """Return what became of an act that does not give the position."""
        if act["seq"] in voice.withdrawn:
            return "withdrawn"
        is_below = voice.held and (act is voice.answer or act is self.live_hold(voice))
        return "replaced" if is_below or act["seq"] in voice.replaced else "withdrawn"

    def ended(self, voices: Mapping[Key, Voice]) -> list[tuple[str | None, int, bool]]:
        """Return how and when each member's objection ended, and whether it was a contest.

        A new text ends those before it.
        """
        found: list[tuple[str | None, int, bool]] = []
        for (capacity, _, epoch), voice in voices.items():
            for one in voice.objections.values() if capacity == SELF else ():
                if one.how is None and epoch < len(self.chair.began):
                    began = self.chair.began[epoch]["received_at"]
                    found.append(("new_text", began, is_contest(one.raised)))
                else:
                    found.append((one.how, one.ended_at, is_contest(one.raised)))
        return found

    def raised_again(self, voices: Mapping[Key, Voice]) -> dict[str, int]:
        """Return by an objection's row that of the person's one that had ended before it."""
        place = {act["seq"]: number for number, act in enumerate(self.acts)}
        over, raised = defaultdict[Key, list[Key]](list), dict[int, Key]()
        for (capacity, person, epoch), voice in voices.items():
            for one in voice.objections.values() if capacity == SELF else ():
                seq = one.raised["seq"]
                raised[seq] = person, is_contest(one.raised)
                if one.how or epoch < len(self.chair.began):  # a new text ends those before it
                    over[raised[seq]].append((place[one.ended_by["seq"]], seq))
        over.update({whose: sorted(ended) for whose, ended in over.items()})
        before = {seq: bisect_left(over[whose], (place[seq],)) for seq, whose in raised.items()}
        return {str(seq): over[raised[seq]][n - 1][1] for seq, n in before.items() if n}

    def table(self, voices: Mapping[Key, Voice], held: Mapping[Key, Row]) -> dict[str, Any]:
        now = len(self.chair.begins)
        heard = {key[:2]: act for key, act in held.items() if key[2] == now}
        positions = {who: act["position"] for (role, who), act in heard.items() if role == SELF}
        table, support = dict.fromkeys((*ANSWERS, "reserve_without_words"), 0), 0
        for person, row in positions.items():
            has_words = voices[SELF, person, now].words or heard[SELF, person]["with_text"]
            if row == "reserve" and not has_words:
                table["reserve_without_words"] += 1
                continue
            table[row] += 1
            support += row in ("endorse", "reserve") and person != self.proposer
        yes, base = table["endorse"] + table["reserve"], len(self.members) - table["recuse"]
        asked, objections = self.rule["quorum"] or 0, [how for how, *_ in self.ended(voices)]
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
            "level": self.chair.level,
            "people": len({person for _, person in heard}),
            "positions": positions,
            "organisations": self.organisations(heard),
        }

    def organisations(self, heard: Mapping[Key, Row]) -> dict[str, str | None]:
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
    """Adopted if nobody objects or asks for time, and k others than the proposer say yes.

    If the hard stop left others no time after an objection ended, it is as if it were open.
    """
    if rule.get("strict") and counted["broken"] is not None:
        return "objected"
    stop, left = rule.get("hard_stop"), rule["after_lifting"] * 1000
    if counted["objections_open"] or (stop is not None and ended_after(counted, stop - left)):
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
    in_the_way = (is_contest for how, _, is_contest in counted["ended"] if how is None)
    return "objected" if any(rule["blocking"] or one for one in in_the_way) else "adopted"


def by_the_chair(counted: Row, rule: Row) -> str:
    """Adopted if the chair declares consensus, and a final call followed each objection's end."""
    if counted["objections_open"]:
        return "objected"
    outcome = LEVELS.get(counted["level"], "no_decision")
    left = max(rule["final_call"], rule["after_lifting"]) * 1000
    is_too_late = ended_after(counted, counted["at"] - left)
    return "no_decision" if outcome == "adopted" and is_too_late else outcome


def ended_after(counted: Row, last: int) -> bool:
    """Tell whether an objection ended too late for others to see it; without a reason none does."""
    return any(at > last for how, at, _ in counted["ended"] if how not in (None, "set_aside"))


def by_nothing(_counted: Row, _rule: Row) -> str:
    """It counts, and adopts nothing."""
    return "counted"


COUNTING_ONLY = ("signon", "sense")
MODES: dict[str, Callable[[Row, Row], str]] = {
    "silence": by_silence,
    "threshold": by_threshold,
    "rough": by_the_chair,
    "signon": by_nothing,
    "sense": by_nothing,
}


def share(written: str) -> Fraction:
    if not re.fullmatch("[0-9]{1,9}(/[1-9][0-9]{0,8})?", written):
        raise Refused(f"{written!r} is no share")
    return Fraction(written)


def differences(said: Any, found: Any, where: str, but: str = "the acts say") -> Iterator[str]:
    if isinstance(said, dict) and isinstance(found, dict):
        for key in sorted(said.keys() | found.keys()):
            yield from differences(said.get(key), found.get(key), f"{where} {key}", but)
    elif encode(said) != encode(found):
        yield f"The manifest says {where} {encode(said)}, {but} {encode(found)}."


def recount(folder: Path, head: str | None, terms: str | None = None) -> tuple[str, list[str]]:
    """Return the line to print, and a sentence for each thing that differs."""
    manifest = decode(read(folder / "manifest.json"))
    if manifest["format"] != FORMAT:
        raise Refused(f"Its format is {manifest['format']}: {NEWER}")
    log = list(rows(folder / "acts.jsonl", ACT))
    acts = [act for act, _ in log]
    must_be_known(acts)
    ballot = Ballot(manifest, acts)
    counted = ballot.count()
    said = None if ballot.state in PENDING else counted["outcome"]
    said = "withdrawn" if ballot.state in VOID else said
    wrong = [*check_manifest(manifest), *check_log(folder, manifest, acts)]
    wrong += check_rulings(manifest, ballot.chair)
    if ballot.rule.get("strict") and ballot.broken not in (None, ballot.at):
        wrong += ["The strict silence was broken before the close."] * (ballot.state in FINAL)
    wrong += differences(manifest["outcome"], said, "outcome")
    wrong += differences(manifest["count"], counted, "count")
    hashes, broken = [GENESIS, *(act["hash"] for act in acts)], broken_at(log)
    if head is not None and head not in hashes:
        wrong.append("The head you gave is not in this log: it is another log, or its end is gone.")
        broken = broken or len(acts) + 1
    elif head is not None and ballot.state in FINAL:
        later = [act for act in acts[hashes.index(head) :] if not ballot.may_follow_the_result(act)]
        wrong += [
            f"Act {act['seq']} came after the head you gave, and counts: the result mail prints a "
            "later head than the digests before it."
            for act in later[:1]
        ]
    if terms is not None and terms != manifest["terms"]["sha256"]:
        wrong.append("The terms you gave are others: not this close, text, rule, roll or proposer.")
    spoke = [each for each in counted["organisations"].values() if each not in (None, "split")]
    if broken:
        wrong.insert(0, f"Row {broken} of the log is missing, moved, doubled or altered.")
    line = (
        f"outcome {said or counted['outcome']} people {counted['people']} "
        f"organisations {len(spoke)} chain {f'broken at seq {broken}' if broken else 'ok'}"
        f"{'' if said else ', not closed yet'}{', not anchored' if head is None else ''}"
    )
    if ballot.state in FINAL and head is not None and terms is None:
        line += ", terms not compared"
    return line, wrong


def printable(sentence: str) -> str:
    """Return what a hostile export made us say without what would move a terminal's cursor."""
    shown = "".join(each if each.isprintable() else "?" for each in sentence)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} …"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="recount", description="Recount an exported ballot.")
    parser.add_argument("export", type=Path, help="the export's folder")
    parser.add_argument("--head", help="the head of the log, as the result mail printed it")
    parser.add_argument("--terms", help="the hash of the terms, as the result mail printed it")
    given = parser.parse_args(arguments)
    for name, value in (("head", given.head), ("terms", given.terms)):
        if value is not None and not re.fullmatch("[0-9a-f]{64}", value):
            parser.error(f"--{name} takes the whole hash, 64 characters; a part proves nothing")
    try:
        if not (given.export / "manifest.json").is_file():
            parser.error(f"{given.export} is no export: there is no manifest.json in it")
        line, wrong = recount(given.export, given.head, given.terms)
    except Refused as error:
        line, wrong = "not recounted", [str(error)]
    except OSError as error:
        line, wrong = "not recounted", [f"{error.filename or given.export}: {error.strerror}"]
    except MALFORMED as error:
        what = f"{error} is not there" if isinstance(error, KeyError) else str(error)
        line, wrong = "not recounted", [f"The export is not in the form that I know: {what}"]
    sys.stdout.write(f"{line}\n")
    sys.stderr.write("".join(f"{printable(sentence)}\n" for sentence in wrong[:SHOWN]))
    if len(wrong) > SHOWN:
        sys.stderr.write(f"And {len(wrong) - SHOWN} more.\n")
    return DIFFERS if wrong else SAME


if __name__ == "__main__":
    gc.disable()  # Nothing here refers to itself; looking for it would take a third of the time.
    sys.exit(main(sys.argv[1:]))
