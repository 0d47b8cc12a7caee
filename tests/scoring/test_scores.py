"""The aims on the samples nobody here wrote; skipped where those are absent."""

from __future__ import annotations

import forwarded
import interleaved
import pytest
import replies
import samples
import threading_score

pytestmark = pytest.mark.skipif(not samples.are_there(), reason=samples.ABSENT)


def test_own_words_are_found_in_85_of_100_replies():
    score = replies.score()
    assert len(score.right) + len(score.wrong) == 64
    assert score.share >= replies.AIM


def test_170_of_190_forwards_are_whole_and_from_right():
    cases = list(forwarded.cases())
    assert len(cases) == 190
    assert sum(case.good for case in cases) >= forwarded.AIM
    assert sum(case.subject and case.date for case in cases) >= forwarded.AIM


def test_the_tree_of_all_three_discussions_is_right():
    wanted, found = interleaved.simple_blocks()
    assert wanted == found
    assert interleaved.missing("scissor") == interleaved.missing("multiple-replies") == set()


@pytest.mark.parametrize("seed", range(3))
def test_threads_survive_missing_messages(seed):
    assert threading_score.score(seed) >= threading_score.AIM
