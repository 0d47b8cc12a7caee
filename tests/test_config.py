from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from config_samples import ABSENT, ENVIRON, write_config

from bridge.config import Config, Listen, ensure_secret_file, load_config, missing_token_files
from bridge.config_models import DeliveredBy
from bridge.config_roster import RosterFile, load_roster
from bridge.config_section import Section
from bridge.errors import ConfigError

CONFIG = Path(__file__).parent.parent / "config"


def mistakes(directory: Path, changes=None, roster_changes=None, environ=ENVIRON) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(write_config(directory, changes, roster_changes), environ)
    return caught.value.mistakes


def sections(annotation: object) -> set[type[Section]]:
    found = {annotation} if isinstance(annotation, type) and issubclass(annotation, Section) else ()
    inner = getattr(annotation, "__args__", ()) or [
        field.annotation for model in found for field in model.model_fields.values()
    ]
    return set(found).union(*map(sections, inner))


def test_small_configuration_gets_the_documented_defaults(tmp_path):
    config = load_config(write_config(tmp_path), ENVIRON)
    assert config.matrix.listen == Listen("127.0.0.1", 9993)
    assert config.matrix.url == "http://127.0.0.1:9993"
    assert config.mail.submission.security == "starttls"
    assert (config.ballots.minimum_window, config.ballots.grace_chat) == (259_200, 600)
    assert config.keep_raw == 400 * 86_400
    assert config.lists[0].delivered_by == DeliveredBy(
        rule="envelope_domain", value=("lists.example.org",)
    )
    assert config.people.rosters["pc"].chair == "jan"
    assert config.warnings == ()


def test_relative_paths_start_at_the_directory_of_the_file(tmp_path):
    changes = {("matrix", "registration"): "registration.yaml"}
    config = load_config(write_config(tmp_path, changes), ENVIRON)
    assert config.database == f"sqlite:///{tmp_path}/seconded.sqlite3"
    assert config.roster == tmp_path / "roster.yaml"
    assert config.matrix.registration == tmp_path / "registration.yaml"


def test_absolute_database_path_is_kept(tmp_path):
    changes = {("database",): "sqlite:////var/lib/seconded/s.sqlite3"}
    config = load_config(write_config(tmp_path, changes), ENVIRON)
    assert config.database == "sqlite:////var/lib/seconded/s.sqlite3"


def test_configuration_cannot_be_changed(tmp_path):
    config = load_config(write_config(tmp_path), ENVIRON)
    with pytest.raises(ValueError, match="frozen"):
        config.keep_raw = 1  # type: ignore[misc]


MISTAKES = [
    ({("lists", 0, "visibility"): ABSENT}, "lists[0].visibility: missing; write public or private"),
    (
        {("lists", 0, "visibilty"): "public"},
        "lists[0].visibilty: unknown option; did you mean visibility?",
    ),
    (
        {("colour",): "red"},
        "colour: unknown option; known here: ballots, calendars, database, database_password, ",
    ),
    ({("people",): {}}, "people: unknown option; known here: "),
    ({("web",): None}, "web: is empty; write its options indented below (base_url, listen, pages)"),
    ({("web",): "9994"}, "web: '9994' does not fit; write its options"),
    ({("lists",): []}, "lists: is empty; write at least one"),
    (
        {("evidence",): {"nameservers": ["ns.example.org"]}},
        "evidence.nameservers: 'ns.example.org' is no IP address; write one such as 192.0.2.53",
    ),
    (
        {("evidence",): {"authserv_ids": ["mx example"]}},
        "evidence.authserv_ids[0]: 'mx example' does not fit; write a",
    ),
    (
        {("evidence",): {"arc_sealers": "google.com"}},
        "evidence.arc_sealers: 'google.com' does not fit; write a list of domains",
    ),
    ({("evidence",): {"dmarc": True}}, "evidence.dmarc: unknown option; known here: arc_sealers"),
    ({("lists",): {"id": "pc"}}, "lists: a mapping does not fit; write the lists, each with - id"),
    ({("database",): "mysql://u:pw@db/x"}, "database: 'mysql' is no database we know;"),
    ({("database",): "postgresql://u:pw@db/x"}, "database: holds a password; write it as database"),
    ({("database",): "postgresql://db"}, "database: names no database; write postgresql://USER@"),
    ({("keep_raw",): "a year"}, "keep_raw: 'a year' is no duration; write seconds, or a number"),
    ({("ballots", "status_every"): 0}, "ballots.status_every: would run without a pause;"),
    ({("ballots", "hold"): "25h"}, "ballots.hold: is over 24h, the longest that a hold may last;"),
    ({("ballots", "minimum_window"): "30s"}, "ballots: minimum_window is under 48h;"),
    ({("matrix", "mode"): "bot"}, "matrix.mode: 'bot' does not fit; write appservice"),
    ({("matrix", "homeserver"): "example.org"}, "matrix.homeserver: 'example.org' is no web"),
    ({("matrix", "homeserver"): "http://u:pw@h"}, "matrix.homeserver: holds a user name;"),
    ({("matrix", "server_name"): "a b"}, "matrix.server_name: 'a b' does not fit; write what st"),
    ({("matrix", "bot"): "list_bot"}, "matrix: bot 'list_bot' begins with the prefix of ghosts"),
    ({("matrix", "listen"): 9993}, "matrix.listen: 9993 is no address to listen on; write HOST"),
    ({("matrix", "as_token"): "syt_canary"}, "matrix.as_token: a secret is not written here;"),
    ({("matrix", "as_token"): {"env": "NO"}}, "matrix.as_token: environment variable NO is empty"),
    ({("mail", "listen"): "127.0.0.1:9993"}, "mail.listen: 127.0.0.1:9993 is taken by matrix."),
    ({("web", "listen"): "0.0.0.0:9993"}, "web.listen: 0.0.0.0:9993 is taken by matrix.listen"),
    ({("mail", "submission", "username"): "u"}, "mail.submission: username and password go tog"),
    ({("operators", "mail"): "Ops <o@x.org>"}, "operators.mail: 'Ops <o@x.org>' does not fit;"),
    ({("operators", "room"): "ops"}, "operators.room: 'ops' does not fit; write a room id or al"),
    ({("instance", "name"): "a\nBcc: x"}, "instance.name: 'a\\nBcc: x' does not fit; write a na"),
    ({("lists", 0, "id"): "<PC.example.org>"}, "lists[0].id: '<PC.example.org>' does not fit;"),
    ({("lists", 0, "facilitators"): ["zoe"]}, "lists[0].facilitators[0]: 'zoe' is not under"),
    ({("lists", 0, "facilitators"): "amina"}, "lists[0].facilitators: 'amina' does not fit;"),
    ({("lists", 0, "digest"): {"at": 1080, "zone": "UTC"}}, "lists[0].digest.at: 1080 is no time"),
    ({("lists", 0, "digest"): {"at": "24:00", "zone": "UTC"}}, "lists[0].digest.at: '24:00' is no"),
    (
        {("lists", 0, "digest"): {"at": "18:00"}},
        "lists[0].digest.zone: missing; write an IANA zone",
    ),
    (
        {("lists", 0, "digest"): {"at": "18:00", "zone": "Europe/Zürich"}},
        "lists[0].digest.zone: 'Europe/Zürich' is no zone we know; write an IANA zone such as Eu",
    ),
    (
        {("lists", 0, "digest"): True},
        "lists[0].digest: True does not fit; write its options indented",
    ),
    ({("lists", 0, "templates"): "none"}, "lists[0].templates: {directory}/none is no directory;"),
    (
        {("mail", "templates"): "roster.yaml"},
        "mail.templates: {directory}/roster.yaml is no direct",
    ),
    ({("lists", 0, "owner_consent"): ABSENT}, "lists[0].owner_consent: missing; write who agr"),
    ({("lists", 0, "owner_consent", "date"): "soon"}, "lists[0].owner_consent.date: 'soon' does"),
    (
        {("lists", 0, "delivered_by"): {"rule": "client_network", "value": ["192.0.2.0/33"]}},
        "lists[0].delivered_by.value: '192.0.2.0/33' does not appear to be an IPv4 or IPv6",
    ),
    (
        {("lists", 0, "delivered_by"): {"rule": "received_from", "value": "a b"}},
        "lists[0].delivered_by.value: 'a b' is no domain; write one such as",
    ),
    (
        {("lists", 0, "delivered_by"): {"rule": "dkim", "value": "x"}},
        "lists[0].delivered_by.rule: 'dkim' does not fit; write envelope_domain, client_network",
    ),
    ({("roster",): "nowhere.yaml"}, "{directory}/nowhere.yaml: cannot be read: No such file"),
    ({("roster",): ABSENT}, "roster: missing; write the path of the roster, such as roster.yaml"),
]


@pytest.mark.parametrize(("changes", "sentence"), MISTAKES, ids=lambda v: str(v)[:40])
def test_mistake_names_its_path_and_the_right_form(tmp_path, changes, sentence):
    found = mistakes(tmp_path, changes)
    expected = sentence.replace("{directory}", str(tmp_path))
    assert any(one.startswith(expected) for one in found), found


def test_every_mistake_is_told_at_once(tmp_path):
    changes = {
        ("lists", 0, "visibility"): ABSENT,
        ("mail", "listen"): "127.0.0.1:9993",
        ("mail", "max_size"): "big",
        ("matrix", "hs_token"): "literal",
        ("kep_raw",): 1,
    }
    found = mistakes(tmp_path, changes, {("people", "jan", "zone"): "Mars/Base"})
    assert sorted(one.partition(":")[0] for one in found) == [
        "kep_raw",
        "lists[0].visibility",
        "mail.listen",
        "mail.max_size",
        "matrix.hs_token",
        "people.jan.zone",
    ]


def test_no_mistake_repeats_a_secret(tmp_path):
    changes = {
        ("matrix", "as_token"): "canary-literal",
        ("matrix", "as_tokn"): "canary-typo",
        ("mail", "submission", "password"): "canary-password",
        ("database",): "postgresql://user:canary-url@db/x",
    }
    assert "canary" not in "\n".join(mistakes(tmp_path, changes))


def test_loaded_configuration_shows_no_secret(tmp_path):
    config = load_config(write_config(tmp_path), ENVIRON)
    assert "canary" not in repr(config) + str(config)
    assert config.matrix.as_token.reveal() == "as-canary"


def test_every_secret_is_known_to_the_redaction(tmp_path):
    login = {"host": "h", "username": "u", "password": {"env": "P"}}
    config = load_config(
        write_config(tmp_path, {("mail", "submission"): login}), ENVIRON | {"P": "canary-p"}
    )
    assert set(config.secrets) == {"as-canary", "hs-canary", "canary-p"}


def test_tokens_can_be_made_before_the_configuration_loads(tmp_path):
    files = {("matrix", name): {"file": name} for name in ("as_token", "hs_token")}
    path = write_config(tmp_path, files)
    assert missing_token_files(path) == [tmp_path / "as_token", tmp_path / "hs_token"]
    for file in missing_token_files(path):
        ensure_secret_file(file, lambda: "made")
    assert missing_token_files(path) == []
    assert load_config(path, {}).matrix.hs_token.reveal() == "made"


@pytest.mark.parametrize("matrix", [None, "x", {}, {"as_token": "x", "hs_token": {"env": "X"}}])
def test_no_token_file_is_missing_where_none_is_named(tmp_path, matrix):
    assert missing_token_files(write_config(tmp_path, {("matrix",): matrix})) == []


def test_worth_a_word_but_no_mistake(tmp_path):
    changes = {
        ("lists", 0, "intake_address"): "pc-bridge@bridge.example.org",
        ("matrix", "homeserver"): "http://matrix.example.org",
    }
    path = write_config(tmp_path, changes)
    (tmp_path / "roster.yaml").chmod(0o644)
    intake, tokens, roster = load_config(path, ENVIRON).warnings
    assert intake.startswith("list pc: the intake address can be guessed")
    assert tokens.startswith("matrix.homeserver: the tokens travel in clear")
    assert roster.startswith("roster: ")


def test_example_loads(tmp_path):
    path = Path(shutil.copy(CONFIG / "example.yaml", tmp_path))
    shutil.copy(CONFIG / "roster.example.yaml", tmp_path)
    (tmp_path / "secrets").mkdir()
    for name in ("as_token", "hs_token", "smtp_password"):
        secret = tmp_path / "secrets" / name
        secret.write_text("secret\n")
        secret.chmod(0o600)
    config = load_config(path, {})
    assert config.lists[0].facilitators == ("amina-benali",)


def test_example_shows_every_option():
    written = keys(yaml.safe_load((CONFIG / "example.yaml").read_text()))
    options = {
        name
        for section in sections(Config)
        for name, field in section.model_fields.items()
        if not field.exclude
    }
    assert options - written == set()


def test_example_roster_shows_every_option():
    path = CONFIG / "roster.example.yaml"
    assert load_roster(path).people
    options = {name for section in sections(RosterFile) for name in section.model_fields}
    assert options - keys(yaml.safe_load(path.read_text())) == set()


def keys(value: object) -> set[str]:
    children = value.values() if isinstance(value, dict) else value
    own = set(value) if isinstance(value, dict) else set()
    return own.union(*map(keys, children)) if isinstance(value, dict | list) else set()
