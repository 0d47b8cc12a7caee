from __future__ import annotations

import pytest
from config_samples import OPTIONS, changed

from bridge.config_checks import clear_tokens, disagreements, guessable_intakes, links_to_nothing
from bridge.config_models import ListConfig, MatrixConfig, WebConfig
from bridge.config_secrets import Secret

PEOPLE = {"amina"}
OTHER_LIST = {
    "id": "b.lists.example.org",
    "name": "b",
    "posting_address": "b@lists.example.org",
    "bridge_address": "pc-bridge@bridge.example.org",
    "intake_address": "b-x8v2m9x4tk@bridge.example.org",
}


def found(changes, people=frozenset(PEOPLE)) -> list[str]:
    return list(disagreements(changed(OPTIONS, changes), people))


def test_two_lists_may_share_the_subscribed_address():
    assert found({("lists", 1): OTHER_LIST}) == []


@pytest.mark.parametrize("option", ["id", "name", "posting_address", "intake_address"])
def test_two_lists_may_not_share(option):
    shared = str(OPTIONS["lists"][0][option]).upper()
    assert found({("lists", 1): OTHER_LIST | {option: shared}}) == [
        (
            f"lists[1].{option}: {shared.lower()!r} belongs to lists[0] already; "
            "each list needs its own"
        )
    ]


def test_facilitators_are_compared_though_their_list_has_other_mistakes():
    changes = {("lists", 0, "facilitators"): ["amina", "zoe"], ("lists", 0, "visibility"): 3}
    assert found(changes) == [
        (
            "lists[0].facilitators[1]: 'zoe' is not under people in the roster; "
            "add the person there or correct the name"
        )
    ]


def test_facilitators_are_not_judged_by_a_roster_that_could_not_be_read():
    assert found({("lists", 0, "facilitators"): ["zoe"]}, people=None) == []


def test_written_listener_is_compared_with_the_others_defaults():
    assert found({("web", "listen"): "127.0.0.1:9993"}) == [
        (
            "web.listen: 127.0.0.1:9993 is taken by matrix.listen (127.0.0.1:9993); "
            "give each its own port"
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {("lists",): None},
        {("lists",): ["pc", None]},
        {("lists", 0, "facilitators"): {"amina": 1}},
        {("web",): 3, ("mail",): [1]},
        {("mail", "listen"): {"host": "x"}},
    ],
)
def test_shapes_that_are_wrong_anyway_are_left_to_the_models(changes):
    assert found(changes) == []


@pytest.mark.parametrize(
    ("local", "guessable"),
    [
        ("pc", True),
        ("pc-bridge", True),
        ("pc-secretintakeaddress", True),
        ("pc-20251001", True),
        ("pc-q7v2m9x4tk", False),
        ("PC+q7v2m9x4tk", False),
    ],
)
def test_intake_address_needs_ten_random_letters_and_digits(local, guessable):
    one = ListConfig.model_validate(
        OPTIONS["lists"][0] | {"intake_address": f"{local}@bridge.example.org"}
    )
    assert bool(list(guessable_intakes([one]))) is guessable


@pytest.mark.parametrize(
    ("homeserver", "listen_url", "options"),
    [
        ("https://matrix.example.org", None, []),
        ("http://127.0.0.1:8008", "http://localhost:9993", []),
        ("http://matrix.example.org", None, ["matrix.homeserver"]),
        ("https://matrix.example.org", "http://10.0.0.2:9993", ["matrix.listen_url"]),
    ],
)
def test_tokens_should_not_cross_a_network_in_clear(homeserver, listen_url, options):
    matrix = MatrixConfig(
        homeserver=homeserver,
        server_name="example.org",
        listen_url=listen_url,
        as_token=Secret("a"),
        hs_token=Secret("h"),
    )
    assert [warning.partition(":")[0] for warning in clear_tokens(matrix)] == options


def test_links_to_pages_that_nobody_writes_are_worth_a_word(tmp_path):
    linked = WebConfig(base_url="https://ballots.example.org")
    (warning,) = links_to_nothing(linked)
    assert warning.startswith("web.base_url: ")
    assert not list(links_to_nothing(WebConfig()))
    assert not list(links_to_nothing(linked.model_copy(update={"pages": tmp_path})))
