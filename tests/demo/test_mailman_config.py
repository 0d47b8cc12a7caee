from configparser import ConfigParser
from pathlib import Path

import pytest

from bridge.demo.mailman import ARCHIVERS, OTHER_RUNNERS, RUNNERS, MailmanSettings, mailman_config


def parsed(settings: MailmanSettings) -> ConfigParser:
    config = ConfigParser(delimiters=":", interpolation=None)
    config.read_string(mailman_config(settings, Path("/data"), "throw-away"))
    return config


def test_mailman_speaks_on_loopback_only() -> None:
    config = parsed(MailmanSettings(lmtp_port=24, rest_port=80, smtp_port=25))
    hosts = [config["mta"]["smtp_host"], config["mta"]["lmtp_host"]]
    assert [*hosts, config["webservice"]["hostname"]] == ["127.0.0.1"] * 3
    assert (config["mta"]["lmtp_port"], config["mta"]["smtp_port"]) == ("24", "25")


@pytest.mark.parametrize("runners", [RUNNERS, (*RUNNERS, "virgin"), ("lmtp",)])
def test_only_the_wanted_runners_start_and_they_are_quick(runners: tuple[str, ...]) -> None:
    config = parsed(MailmanSettings(24, 80, 25, poll=0.2, runners=runners))
    sections = [config[f"runner.{name}"] for name in (*RUNNERS, *OTHER_RUNNERS)]
    started = [section for section in sections if section["start"] == "yes"]
    assert {section.name for section in started} == {f"runner.{name}" for name in runners}
    assert {section["sleep_time"] for section in started} == {"0.2s"}


def test_archivers_are_off() -> None:
    config = parsed(MailmanSettings(24, 80, 25))
    assert {config[f"archiver.{name}"]["enable"] for name in ARCHIVERS} == {"no"}
