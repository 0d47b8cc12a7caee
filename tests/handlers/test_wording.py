"""A group's own words, and ours when theirs fail: the mail is never lost."""

from dataclasses import replace

import pytest
from playbook_cast import LIST_ID, SILENCE

from bridge.alerts import Around, alerts
from bridge.store.readings import read_readings
from bridge.store.told import TEMPLATE, told_of
from handlers.listmails import preview, queue_call

BROKEN = [
    "Subject: {{ nonsense }}\n",
    "Subject: {% if %}\n",
    "Subject: x\n{{ 1 / 0 }}\n",
    "Subject: x\n{{ ballot.title + 1 }}\n",
    "Subject: x\n{{ ballot.roster.members[99] }}\n",
    "Subject: x\n{{ ''.__class__.__mro__ }}\n",
    "Subject: x\n{% for n in range(10 ** 9) %}x{% endfor %}\n",
    "Subject: x\n{% include 'nowhere.j2' %}\n",
    "Subject: x\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}\n",
    "Subject: x\n{{ 'x ' * 200000 }}\n",
    "Subject: only\n",
    "\xff\xfe",
    "",
]


def with_templates(desk, directory, *, of_list=True):
    config = desk.config
    if of_list:
        lists = (config.lists[0].model_copy(update={"templates": directory}),)
        config = config.model_copy(update={"lists": lists})
    else:
        mail = config.mail.model_copy(update={"templates": directory})
        config = config.model_copy(update={"mail": mail})
    lists_now = {one.id: one for one in config.lists}
    desk.context = replace(desk.context, config=config, lists=lists_now)


@pytest.mark.parametrize("template", BROKEN)
def test_a_broken_template_loses_no_mail_and_operators_are_told(desk, tmp_path, logged, template):
    (tmp_path / "call.txt.j2").write_bytes(template.encode("latin-1"))
    ballot = desk.drafted(SILENCE).ballot
    ours = preview(desk.context, ballot, desk.tx.now).mail
    with_templates(desk, tmp_path)
    queue_call(desk.tx, desk.context, ballot)
    body = desk.letter("mail:")["raw"].partition("\r\n\r\n")[2].replace("\r\n", "\n")
    assert body.strip() in ours
    assert [one["event"] for one in logged] == ["template_failed"]
    found = alerts(read_readings(desk.conn, desk.tx.now), Around(), desk.tx.now, sweep_every=180)
    assert "template" in [one.name for one in found]


@pytest.mark.parametrize("of_list", [True, False])
def test_a_group_writes_its_mails_in_its_own_words(desk, tmp_path, of_list):
    (tmp_path / "call.txt.j2").write_text("Subject: Vote!\nOn {{ ballot.title }}.\n")
    ballot = desk.drafted(SILENCE).ballot
    with_templates(desk, tmp_path, of_list=of_list)
    queue_call(desk.tx, desk.context, ballot)
    raw = desk.letter("mail:")["raw"]
    assert "Subject: Vote!" in raw
    assert raw.endswith("\r\n\r\nOn Joint statement on open consultations.\r\n")
    assert preview(desk.context, ballot, desk.tx.now).mail.startswith("Subject: Vote!")
    assert told_of(desk.conn, LIST_ID, TEMPLATE) is None


def test_a_preview_in_broken_words_is_shown_in_ours(desk, tmp_path):
    (tmp_path / "preview.txt.j2").write_text("{{ nonsense }}")
    ballot = desk.drafted(SILENCE).ballot
    ours = preview(desk.context, ballot, desk.tx.now)
    with_templates(desk, tmp_path)
    assert preview(desk.context, ballot, desk.tx.now) == ours
