from __future__ import annotations

from bridge.mail.evidence import NOTHING, Level


def test_levels_are_ordered_from_nothing_to_a_linked_address():
    assert [level.label for level in sorted(Level)] == ["none", "list", "signed", "linked"]


def test_nothing_names_no_method_and_no_domain():
    assert (NOTHING.level, NOTHING.method, NOTHING.domain, NOTHING.later) == (
        Level.NONE,
        None,
        None,
        False,
    )
