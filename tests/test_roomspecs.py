from config_samples import ENVIRON, write_config

from bridge.config import load_config
from bridge.roomspecs import room_specs

LIST = "pc.lists.example.org"


def spec(tmp_path, changes=None, roster_changes=None):
    return room_specs(load_config(write_config(tmp_path, changes, roster_changes), ENVIRON))[LIST]


def test_a_list_has_the_room_its_configuration_asks_for(tmp_path):
    made = spec(tmp_path)
    assert (made.alias_localpart, made.name) == ("list_pc", "Policy Committee")
    assert "pc@lists.example.org" in made.topic
    assert not made.private


def test_a_private_list_has_a_private_room(tmp_path):
    assert spec(tmp_path, {("lists", 0, "visibility"): "private"}).private


def test_facilitators_are_moderators_by_their_matrix_ids(tmp_path):
    assert spec(tmp_path).moderators == ("@amina:example.org",)


def test_nobody_is_invited_when_the_list_says_so(tmp_path):
    assert spec(tmp_path, {("lists", 0, "invite_roster"): False}).invite == ()


def test_only_people_of_our_own_homeserver_are_invited_and_each_once(tmp_path):
    ids = ["@jan:example.org", "@jan:elsewhere.example", "@jan:notexample.org"]
    made = spec(tmp_path, None, {("people", "jan", "matrix"): ids})
    assert sorted(made.invite) == ["@amina:example.org", "@jan:example.org"]


def test_every_list_has_a_room(tmp_path):
    path = write_config(tmp_path)
    config = load_config(path, ENVIRON)
    assert list(room_specs(config)) == [one.id for one in config.lists]
