"""The card of each version has keys of its own; a state that comes again is shown again."""

from dataclasses import replace

from playbook_cast import SILENCE

from handlers.showing import edit_card, queue_card, show_state


def test_a_new_version_has_a_card_signs_and_a_pin_of_its_own_and_no_second_status(desk):
    ballot = replace(desk.opened(SILENCE).ballot, card_version=2)
    queue_card(desk.tx, ballot)
    assert desk.letters("card:1/2") == ["card:1/2"]
    assert len(desk.letters("seed:1/2:")) == 6
    assert desk.letters("pin:1/2") == ["pin:1/2"]
    assert desk.letters("status:1") == desk.letters("status:1")[:2]


def test_a_state_is_shown_once_for_each_deadline(desk):
    ballot = desk.opened(SILENCE).ballot
    for deadline in (ballot.deadline, ballot.deadline, replace(ballot.deadline, instant=1)):
        show_state(desk.tx, replace(ballot, deadline=deadline))
    assert len(desk.letters("card:1:open")) == 2
    edit_card(desk.tx, ballot, "why")
    assert desk.letters("card:1:why") == ["card:1:why"]
