"""The facilitators' verbs at a terminal; the running bridge does what they say.

Every key and sentence is that of the chat commands (``bridge.matrix.commands``).
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import click

from bridge.cli_export import ballot_export
from bridge.cli_options import config_option
from bridge.cli_wishes import wish, wish_with_preview, yes_option
from bridge.matrix.forms import BALLOT_KEYS, CHAIR_FORMS, Form

_list_option = click.option("--list", "listed", help="The list's id, when there are several.")
_as_option = click.option("--as", "chair", help="The facilitator who says so; default: the first.")
_KEYS = {form.verb: form.keys for form in CHAIR_FORMS}
_PLAIN = "\t\n\r"
_TEXT_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def ballot() -> None:
    """Open, show, close and list ballots.

    The same words and checks as in chat; the running bridge answers.
    """


ballot.add_command(ballot_export)


def _words_of(path: Path | None) -> str | None:
    """Return the text of a file as it stands there: it will be hashed, so nothing is replaced."""
    if path is None:
        return None
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.BadParameter(
            f"{path} is no text in UTF-8 (byte {error.start + 1}); convert it, nothing was done.",
            param_hint="--text-file",
        ) from error
    except OSError as error:
        raise click.BadParameter(
            f"{path} cannot be read: {error.strerror}.", param_hint="--text-file"
        ) from error
    strange = next(
        (one for one in text if unicodedata.category(one) == "Cc" and one not in _PLAIN), ""
    )
    if strange:
        raise click.BadParameter(
            f"{path} holds the control character U+{ord(strange):04X}, so it is no plain text; "
            "nothing was done.",
            param_hint="--text-file",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


@ballot.command("open")
@config_option
@_list_option
@click.option("--post", required=True, help="Message-ID of the post that holds the text.")
@click.option("--rule", required=True, help=BALLOT_KEYS["rule"])
@click.option("--roster", required=True, help=BALLOT_KEYS["roster"])
@click.option("--closes", required=True, help=BALLOT_KEYS["closes"])
@click.option("--title", help=BALLOT_KEYS["title"])
@click.option("-k", "k", help=BALLOT_KEYS["k"])
@click.option("--strict", help=BALLOT_KEYS["strict"])
@click.option("--quorum", help=BALLOT_KEYS["quorum"])
@click.option("--threshold", help=BALLOT_KEYS["threshold"])
@click.option("--comparison", help=BALLOT_KEYS["comparison"])
@click.option("--blocking", help=BALLOT_KEYS["blocking"])
@click.option("--cosigners", help=BALLOT_KEYS["cosigners"])
@click.option("--reason", help=BALLOT_KEYS["reason"])
@click.option("--proposer", help=BALLOT_KEYS["proposer"])
@click.option("--text", help=BALLOT_KEYS["text"])
@click.option("--text-file", type=_TEXT_FILE, help="A file with the text, in the post's place.")
@click.option("--comments", help=BALLOT_KEYS["comments"])
@click.option("--supersedes", help=BALLOT_KEYS["supersedes"])
@click.option("--follows", help=BALLOT_KEYS["follows"])
@click.option("--hard-stop", help=BALLOT_KEYS["hard_stop"])
@click.option("--min-evidence", help=BALLOT_KEYS["min_evidence"])
@click.option("--as", "chair", help="The facilitator who is the chair; default: the first one.")
@yes_option
def ballot_open(
    listed: str | None, chair: str | None, yes: bool, text_file: Path | None, **given: str | None
) -> None:
    """Ask for a ballot on a post; shows the roll and the exact call."""
    context = click.get_current_context()
    more = {"as": chair, "statement": _words_of(text_file)}
    wish_with_preview(context, listed, "open", given | more, is_yes=yes)


@ballot.command("status")
@config_option
@_list_option
@click.argument("number", required=False)
@click.pass_context
def ballot_status(context: click.Context, listed: str | None, number: str | None) -> None:
    """Show a ballot's count, what is missing and the time left."""
    wish(context, listed, "status", {"ballot": number})


@ballot.command("list")
@config_option
@_list_option
@click.pass_context
def ballot_list(context: click.Context, listed: str | None) -> None:
    """List a list's ballots, newest first."""
    wish(context, listed, "list", {})


@ballot.command("close")
@config_option
@_list_option
@click.argument("number", required=False)
@click.option("--as", "chair", help="The facilitator who confirms; default: the first one.")
@yes_option
@click.pass_context
def ballot_close(
    context: click.Context, listed: str | None, number: str | None, chair: str | None, *, yes: bool
) -> None:
    """Confirm the result of a ballot that is over.

    Its mail is shown first; then it goes to the list.
    """
    wish_with_preview(context, listed, "close", {"ballot": number, "as": chair}, is_yes=yes)


@ballot.command("erase")
@config_option
@click.argument("person")
@click.option("--as", "chair", help="The facilitator who says so; default: the operator.")
@yes_option
@click.pass_context
def ballot_erase(context: click.Context, person: str, chair: str | None, *, yes: bool) -> None:
    """Take a person's name, ids and words out of all ballots.

    Counts and hashes stay.

    PERSON is a slug of the roster. Not offered in chat, where the request would name them.
    """
    wish_with_preview(context, None, "erase", {"person": person, "as": chair}, is_yes=yes)


@ballot.command("withdraw")
@config_option
@_list_option
@click.argument("number", required=False)
@click.option("--reason", required=True, help="Why; shown to everybody.")
@click.option("--as", "chair", help="The facilitator who withdraws it; default: the first one.")
@yes_option
def ballot_withdraw(
    listed: str | None, number: str | None, reason: str, chair: str | None, *, yes: bool
) -> None:
    """Take a ballot back, with its history kept; discard a draft."""
    context = click.get_current_context()
    given = {"ballot": number, "reason": reason, "as": chair}
    wish_with_preview(context, listed, "withdraw", given, is_yes=yes)


@ballot.command("amend")
@config_option
@_list_option
@click.argument("number")
@click.option("--label", required=True, help=_KEYS["amend"]["label"])
@click.option("--post", help="Message-ID of the post that holds the new text.")
@click.option("--text", help=_KEYS["amend"]["text"])
@click.option("--text-file", type=_TEXT_FILE, help="A file with the new text.")
@click.option("--reason", help="Why; shown to everybody.")
@_as_option
@yes_option
def ballot_amend(
    listed: str | None,
    number: str,
    chair: str | None,
    yes: bool,
    text_file: Path | None,
    **given: str | None,
) -> None:
    """Change the text of a ballot; shows the difference word by word."""
    context = click.get_current_context()
    more = {"as": chair, "statement": _words_of(text_file), "ballot": number}
    wish_with_preview(context, listed, "amend", given | more, is_yes=yes)


def _chairs_verb(form: Form) -> None:
    """Add a verb that takes nothing but its keys, the same as in chat."""

    def run(
        listed: str | None, number: str, chair: str | None, *, yes: bool, **given: str | None
    ) -> None:
        context = click.get_current_context()
        more = {"ballot": number, "as": chair}
        wish_with_preview(context, listed, form.verb, given | more, is_yes=yes)

    run = config_option(_list_option(click.argument("number")(_as_option(yes_option(run)))))
    for key, what in form.keys.items():
        run = click.option(f"--{key.replace('_', '-')}", key, help=what)(run)
    ballot.command(form.verb, help=f"{form.summary}\n\nIn chat: {form.usage}")(run)


for _form in CHAIR_FORMS:
    if not _form.labels:
        _chairs_verb(_form)
