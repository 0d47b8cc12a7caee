"""A throw-away Postfix on loopback that takes mail durably and discards it, and smtp-source.

Its master needs root, because it changes to the user ``postfix``; without root, or without
Postfix, nothing is compared.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench_disk import slow_disk
from bench_stage import SLOWER_MS, Place

from bridge.demo.ports import LOOPBACK, free_ports, is_listening
from bridge.demo.processes import ServerProcess

_SERVICES = (
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "proxymap unix - - n - - proxymap",
    "anvil unix - - n - 1 anvil",
    "discard unix - - n - - discard",
    "postlog unix-dgram n - n - 1 postlogd",
)
# A mail that is discarded is taken, synced to the queue, scheduled and removed: nothing else.
_SETTINGS = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = bench.demo
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
default_transport = discard:
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtp_dns_support_level = disabled
maillog_file_prefixes = {home}
maillog_file = {home}/mail.log
import_environment = MAIL_CONFIG LANG=C LD_PRELOAD SLOW_SYNC_US
"""


class NoPostfixError(Exception):
    """Postfix cannot be compared with; says why."""


def why_not() -> str | None:
    """Return in a sentence why Postfix cannot be measured here, None when it can."""
    missing = [
        name for name in ("postfix", "smtp-source") if shutil.which(name, path=_PATH) is None
    ]
    if missing:
        return f"Postfix is not installed here ({' and '.join(missing)} not found)."
    if os.geteuid() != 0:
        return "Postfix is installed, but its master must be started by root."
    return None


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


@contextmanager
def postfix(place: Place, *, is_slow: bool = False) -> Iterator[int]:
    """Run a Postfix with directories of its own and give its port; end it."""
    home = place.fresh("postfix").absolute()
    (port,) = free_ports(1)
    _write_configuration(home, port)
    command = ["/usr/sbin/postfix", "-c", home / "etc", "start-fg"]
    server = ServerProcess("postfix", [str(part) for part in command], directory=home)
    try:
        with slow_disk(place.slow_sync if is_slow else None, SLOWER_MS):
            server.start()
        server.wait_until(lambda: is_listening(port), seconds=60)
        yield port
    finally:
        server.stop()


def _write_configuration(home: Path, port: int) -> None:
    for name in ("etc", "queue", "data"):
        (home / name).mkdir(parents=True)
    # Postfix's own user must reach its queue.
    for directory in (home, *home.parents):
        if directory.stat().st_uid == os.geteuid() and directory.name:
            directory.chmod(directory.stat().st_mode | 0o011)
    shutil.chown(home / "data", user="postfix")
    (home / "etc" / "main.cf").write_text(_SETTINGS.format(home=home))
    services = [f"{LOOPBACK}:{port} inet n - n - - smtpd", *_SERVICES]
    (home / "etc" / "master.cf").write_text("\n".join([*services, ""]))


async def offered(
    port: int, *, sender: str, recipient: str, mails: int, sessions: int, is_lmtp: bool
) -> float:
    """Let smtp-source offer mails of 1,500 bytes and return how many a second were taken.

    Raises:
        NoPostfixError: smtp-source ended with an error; says which.
    """
    command = ["smtp-source", "-d", "-s", str(sessions), "-m", str(mails), "-l", "1500"]
    command += ["-f", sender, "-t", recipient, "-M", "bench.demo", *(["-L"] if is_lmtp else [])]
    source = shutil.which(command[0], path=_PATH)
    assert source is not None
    began = time.perf_counter()
    running = await asyncio.create_subprocess_exec(
        source, *command[1:], f"{LOOPBACK}:{port}", stderr=asyncio.subprocess.PIPE
    )
    try:
        said = (await running.communicate())[1]
    finally:
        if running.returncode is None:
            running.kill()
    if running.returncode:
        raise NoPostfixError(f"smtp-source: {said.decode('utf-8', 'replace').strip()}")
    return mails / (time.perf_counter() - began)
