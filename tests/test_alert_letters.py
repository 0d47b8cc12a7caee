"""Operators read the same sentence in their room and in their mail."""

from email import message_from_bytes
from email.policy import default

from playbook_cast import START, story_config

from bridge.alert_letters import alert_content, alert_mail
from bridge.alerts import Alert

ALERT = Alert("homeserver_down", "alert:homeserver_down:7", "It is down. Run: seconded check.")


def test_the_room_is_told_without_pinging_anybody(tmp_path):
    content = alert_content(story_config(tmp_path), ALERT)
    assert content["body"].endswith(": It is down. Run: seconded check.")
    assert content["m.mentions"] == {}


def test_the_mail_names_the_condition_and_two_runs_write_the_same(tmp_path):
    config = story_config(tmp_path)
    first, again = (alert_mail(config, ALERT, "o@example.org", "uuid", START) for _ in range(2))
    assert first == again
    mail = message_from_bytes(first[1].raw, policy=default)
    assert mail["Subject"].endswith(": homeserver down")
    assert mail["Subject"].startswith("[ALERT] ")
    assert mail["Message-ID"] == f"<{first[0]}>"
    assert mail.get_content().strip() == ALERT.sentence
    assert first[1].recipients == ("o@example.org",)
