"""The edge cases of the specification (2.10), each with its tests, or with what it waits for."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
MAIL = "comes with answers by mail"
ORGANISATIONS = "comes with organisations"
BOT_MODE = "comes with bot mode"

EDGE_CASES: dict[str, tuple[str, ...] | str] = {
    "1 taken back by its author": (
        "stories/test_story_answers.py::test_a_tap_that_is_taken_back_leaves_silence",
        (
            "domain/test_standing.py::"
            "test_removing_the_sign_that_counts_falls_back_to_the_latest_still_showing"
        ),
    ),
    "2 redacted by a moderator": (
        "stories/test_story_answers.py::test_a_moderator_takes_no_position_away",
        "domain/test_vectors.py::test_v9_a_moderator_removes_no_position",
    ),
    "3 given and removed while we were away": (
        "stories/test_story_rules.py::test_what_was_removed_before_it_was_seen_was_never_cast",
        "stories/test_story_deadlines.py::test_a_sweep_finds_a_withdrawal_that_the_push_lost",
    ),
    "4 somebody who is not on the roll": (
        "stories/test_story_answers.py::test_a_stranger_is_told_once_and_not_counted",
    ),
    "5 on the roll after the opening": (
        (
            "handlers/test_handlers_rulings.py::"
            "test_somebody_is_admitted_before_the_deadline_and_counts_from_then_on"
        ),
        "domain/test_rulings.py::test_whoever_is_admitted_counts_and_widens_the_base",
    ),
    "6 a member who leaves": (
        "stories/test_story_roll.py::test_a_members_tap_counts_after_leaving_the_room",
    ),
    "7 one person in two organisations": ORGANISATIONS,
    "8 two delegates who disagree": (
        (
            "domain/test_vectors.py::"
            "test_v13_equal_delegates_who_differ_are_split_and_the_objection_stays_open"
        ),
    ),
    "9 as self and for an organisation": (
        (
            "domain/test_vectors.py::"
            "test_v15_answering_as_self_and_for_an_organisation_is_one_human_being"
        ),
    ),
    "10 two organisations that are one": ORGANISATIONS,
    "11 the statement's message edited": (
        "stories/test_story_answers.py::test_an_edit_of_a_message_says_nothing_new",
        "stories/test_story_rules.py::test_a_reaction_to_an_edit_of_the_card_is_nothing",
    ),
    "12 the card or its text redacted": (
        (
            "stories/test_story_rules.py::"
            "test_a_card_that_somebody_redacted_is_put_up_again_and_its_answers_stand"
        ),
        "handlers/test_handlers_reactions.py::test_a_text_that_was_redacted_is_posted_again_once",
        "test_sweeping.py::test_a_card_whose_redaction_was_never_pushed_is_put_up_again",
    ),
    "13 the text changed by the chair": (
        (
            "stories/test_story_rules.py::"
            "test_a_changed_text_has_a_card_of_its_own_that_is_swept_and_pinned"
        ),
        "handlers/test_amending.py::test_an_editorial_change_carries_the_answers_and_marks_them",
    ),
    "14 down at the deadline": (
        (
            "stories/test_story_deadlines.py::"
            "test_a_homeserver_that_is_down_at_the_deadline_keeps_the_ballot_open"
        ),
        (
            "stories/test_story_rules.py::"
            "test_an_outage_at_the_deadline_is_told_and_may_be_made_good_once"
        ),
    ),
    "15 a deadline in the gap or the fold": (
        "domain/test_deadlines.py::test_what_could_be_misread_is_refused_with_a_suggestion",
    ),
    "16 tomorrow": (
        (
            "stories/test_story_commands.py::"
            "test_a_mistaken_command_names_the_mistake_and_the_right_form"
        ),
    ),
    "17 variants of one emoji": (
        "domain/test_positions.py::test_a_key_means_one_position_whatever_its_variant",
        "domain/test_vectors.py::test_v2_skin_tone_and_variation_selector_are_one_endorsement",
    ),
    "18 a custom emoji": (
        "domain/test_vectors.py::test_v17_custom_emoji_shortcodes_and_applause_are_not_an_option",
        (
            "handlers/test_handlers_hints.py::"
            "test_what_is_no_sign_is_told_once_and_counts_for_nothing"
        ),
    ),
    "18b a thumb down": (
        "stories/test_story_answers.py::test_every_sign_and_its_aliases_count",
        "stories/test_story_answers.py::test_an_objector_is_asked_for_a_reason_and_for_nothing_else",
    ),
    "18c applause": (
        "stories/test_story_answers.py::test_a_sign_that_is_no_option_is_told_once_and_not_counted",
    ),
    "19 contradictory reactions": (
        "stories/test_story_answers.py::test_an_objection_masks_a_later_tap_and_the_person_is_told",
        (
            "domain/test_standing.py::"
            "test_removing_the_sign_that_counts_falls_back_to_the_latest_still_showing"
        ),
    ),
    "20 the same reaction twice": (
        "domain/test_vectors.py::test_v14_a_second_delivery_around_a_change_changes_nothing",
        "handlers/test_handlers_reactions.py::test_a_tap_counts_once_however_often_it_is_seen",
    ),
    "21 a reaction to the wrong thing": (
        "stories/test_story_answers.py::test_reactions_elsewhere_are_sentiment",
        (
            "handlers/test_handlers_reactions.py::"
            "test_a_position_beside_the_card_is_told_once_where_it_counts"
        ),
        "handlers/test_meant.py::test_a_word_to_another_post_answers_no_ballot",
        (
            "handlers/test_amending.py::"
            "test_a_reaction_on_the_old_card_is_asked_whether_the_new_one_is_meant"
        ),
    ),
    "22 +1 in chat": (
        "stories/test_story_answers.py::test_chat_about_a_ballot_is_no_answer_to_it",
        (
            "handlers/test_suggestions.py::"
            "test_a_keyword_in_chat_is_asked_about_once_and_not_counted"
        ),
    ),
    "23 the bot's own signs": (
        "stories/test_story_answers.py::test_our_ghosts_and_seeds_count_for_nothing",
    ),
    "24 ghosts of bridges": (
        (
            "stories/test_story_roll.py::"
            "test_none_of_a_thousand_reactions_from_outside_the_roll_counts"
        ),
    ),
    "25 look-alikes": ("stories/test_story_roll.py::test_a_members_name_is_not_the_member",),
    "26 a quoted +1": MAIL,
    "27 +1 to a remark": MAIL,
    "28 a telephone number": MAIL,
    "29 on behalf of, in prose": MAIL,
    "30 a mail in HTML alone": MAIL,
    "31 a forwarded answer": MAIL,
    "32 out of office": MAIL,
    "33 held by the list's moderator": MAIL,
    "34 posted to three lists": MAIL,
    "35 by mail and by chat": MAIL,
    "36 a forged sender": MAIL,
    "37 an organisation that signs twice": ORGANISATIONS,
    "38 faked signatures": ORGANISATIONS,
    "39 a late endorsement": (
        "stories/test_story_rules.py::test_a_late_signature_is_in_the_register_until_that_is_closed",
        (
            "stories/test_story_rules.py::"
            "test_a_name_taken_off_after_publication_is_marked_withdrawn_in_the_next_copy"
        ),
    ),
    "40 a late objection": (
        (
            "stories/test_story_deadlines.py::"
            "test_a_late_answer_is_told_and_registered_and_changes_nothing"
        ),
    ),
    "41 the chair proposes": (
        "stories/test_story_roll.py::test_the_chairs_own_yes_does_not_second_the_chairs_text",
    ),
    "42 notices that bounced": MAIL,
    "43 a threshold reached early": (
        "stories/test_story_rules.py::test_a_threshold_that_is_reached_early_closes_nothing_early",
    ),
    "44 nobody counts": (
        (
            "domain/test_tally.py::"
            "test_silence_is_adopted_only_without_objection_or_hold_and_with_support"
        ),
        "domain/test_vectors.py::test_v18_six_of_nine_is_exactly_two_thirds",
    ),
    "45 a hold before the deadline": (
        "stories/test_story_rules.py::test_a_hold_placed_late_counts_and_extends_nothing",
        (
            "handlers/test_handlers_ledger.py::"
            "test_the_chair_is_called_when_a_hold_lies_beyond_the_close"
        ),
    ),
    "46 raised again": (
        "domain/test_rulings.py::test_the_same_objection_raised_again_is_a_new_one",
        "domain/test_again.py::test_however_the_first_one_ended_the_next_one_is_linked_to_it",
        "domain/test_again.py::test_the_chairs_word_about_the_first_one_is_none_about_the_next",
        (
            "web/test_pages.py::"
            "test_an_objection_that_was_raised_again_names_the_earlier_one_and_its_end"
        ),
    ),
    "47 an objector who vanishes": (
        (
            "handlers/test_handlers_rulings.py::"
            "test_the_chair_answers_an_objection_where_the_rule_allows_it"
        ),
        "handlers/test_handlers_rulings.py::test_an_answer_before_the_close_gives_the_objector_a_whole_final_call",
        "handlers/test_handlers_rulings.py::test_consensus_is_declared_only_after_a_whole_final_call",
        "handlers/test_handlers_rulings.py::test_silence_is_broken_until_the_objector_lifts_it",
    ),
    "48 an encrypted room": BOT_MODE,
    "49 somebody who cannot react": ("stories/test_story_answers.py::test_every_word_counts",),
    "50 a sensitive ballot": ("stories/test_edge_cases.py::test_the_readme_says_what_is_public",),
    "51 erasure": (
        (
            "stories/test_story_erasure.py::"
            "test_nothing_of_an_erased_person_is_left_and_nothing_is_counted_otherwise"
        ),
        "stories/test_story_erasure.py::test_a_page_names_an_erased_person_withdrawn",
        "handlers/test_erasing.py::test_it_is_shown_first_and_nothing_is_done",
    ),
    "52 a result that is held": (
        "stories/test_story_deadlines.py::test_a_result_is_announced_only_when_the_list_has_it",
        "stories/test_review_ballots.py::test_a_call_the_list_does_not_show_is_told_once",
        (
            "handlers/test_troubles.py::"
            "test_the_chair_is_told_under_the_command_before_the_ballot_opens"
        ),
    ),
}
"""Number and name of the case -> its tests, or what it waits for."""

VECTORS = {f"v{number}": f"test_v{number}_" for number in range(1, 19)} | {
    "v5b": "test_v5b_",
    "v5c": "test_v5c_",
    "v7": "test_v7_v8_",
    "v8": "test_v7_v8_",
}
"""Each vector -> how its test's name begins; mail's go through every door."""


Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions_in(path: str) -> dict[str, Function]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, Function)}


def names_in(path: str) -> frozenset[str]:
    return frozenset(functions_in(path))


def proves(test: Function) -> bool:
    """Tell whether a test runs and claims something: an assert or a raise, and nothing skips it."""
    named = {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    claims = "raises" in named or any(isinstance(node, ast.Assert) for node in ast.walk(test))
    return claims and not named & SKIPPING


SKIPPING = frozenset({"skip", "skipif", "xfail", "importorskip"})


def test_every_edge_case_stands_in_the_table_once():
    numbers = [name.split()[0] for name in EDGE_CASES]
    wanted = [str(number) for number in range(1, 53)]
    assert sorted(numbers) == sorted([*wanted, "18b", "18c"])


@pytest.mark.parametrize("case", EDGE_CASES)
def test_what_proves_an_edge_case_exists(case):
    proofs = EDGE_CASES[case]
    if isinstance(proofs, str):
        assert proofs in {MAIL, ORGANISATIONS, BOT_MODE}
        return
    assert proofs
    for proof in proofs:
        path, name = proof.split("::")
        assert name in names_in(path), proof
        assert proves(functions_in(path)[name]), proof


@pytest.mark.parametrize("vector", VECTORS)
def test_every_vector_has_its_test(vector):
    known = names_in("domain/test_vectors.py")
    assert any(name.startswith(VECTORS[vector]) for name in known)


@pytest.mark.parametrize(
    ("source", "is_proof"),
    [
        ("def test_it(): assert 1", True),
        ("async def test_it():\n with pytest.raises(ValueError): it()", True),
        ("def test_it(): pass", False),
        ("def test_it(): it()", False),
        ("@pytest.mark.skip\ndef test_it(): assert 1", False),
        ("@pytest.mark.skipif(True, reason='')\ndef test_it(): assert 1", False),
        ("@pytest.mark.xfail\ndef test_it(): assert 1", False),
        ("def test_it():\n pytest.skip('later')\n assert 1", False),
    ],
)
def test_a_skipped_or_empty_test_proves_nothing(source, is_proof):
    assert proves(ast.parse(source).body[0]) is is_proof


def test_the_readme_says_what_is_public():
    readme = (TESTS.parent / "README.md").read_text(encoding="utf-8")
    assert "not for secret ballots" in " ".join(readme.split())
