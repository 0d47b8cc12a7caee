from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from bridge.log import escape_controls, order_keys, set_up_logging

ADDRESS = "jane@example.org"
CANARY = "token-canary"


@pytest.fixture(autouse=True)
def _logging_as_before():
    root, raises = logging.getLogger(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], logging.raiseExceptions = handlers, raises
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    raise ValueError(f"cannot reach {ADDRESS} with {CANARY}")


def test_json_line_has_its_keys_in_the_fixed_order(stream):
    set_up_logging(stream)
    structlog.get_logger().info("post_mirrored", took_ms=3, zeta=1, alpha=2, list="pc.x.org")
    (line,) = lines(stream)
    assert list(line) == ["timestamp", "level", "event", "list", "took_ms", "alpha", "zeta"]
    assert str(line["timestamp"]).endswith("Z")


def test_bound_keys_stand_in_every_line_of_their_block(stream):
    set_up_logging(stream)
    log = structlog.get_logger()
    with bound_contextvars(list="pc.x.org", message_id="1@x.org"):
        log.info("post_mirrored")
        logging.getLogger("another.package").warning("slow")
    log.info("post_held")
    assert [line.get("message_id") for line in lines(stream)] == ["1@x.org", "1@x.org", None]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("level", ["debug", "info"])
def test_no_token_leaves_by_any_road_and_no_address_from_info_upwards(stream, as_json, level):
    set_up_logging(stream, level=level, as_json=as_json, secrets=[CANARY])
    log, library = structlog.get_logger(), logging.getLogger("another.package")
    with bound_contextvars(reason=f"{ADDRESS} {CANARY}"):
        log.info(CANARY, to=ADDRESS, nested={"to": [ADDRESS, CANARY]})
        library.warning("for %s with %s", ADDRESS, CANARY)
        library.error("broken %d", CANARY)
        try:
            fail()
        except ValueError:
            log.exception("item_shunted")
            library.exception("failed for %s", ADDRESS)
    assert "item_shunted" in stream.getvalue()
    assert "ValueError: cannot reach [address] with [secret]" in stream.getvalue().replace(
        "\\n", "\n"
    )
    assert CANARY not in stream.getvalue()
    assert ADDRESS not in stream.getvalue()


def test_level_is_kept_for_us_and_for_libraries(stream):
    set_up_logging(stream, level="warning")
    structlog.get_logger().info("post_mirrored")
    logging.getLogger("another.package").info("chatter")
    assert stream.getvalue() == ""


def test_the_mail_library_cannot_repeat_what_strangers_type(stream):
    set_up_logging(stream, level="debug")
    logging.getLogger("mail.log").warning("sender: %s", ADDRESS)
    logging.getLogger("mail.log").error("broken")
    assert [line["event"] for line in lines(stream)] == ["broken"]


@pytest.mark.parametrize("name", ["aiohttp.access", "nio.client", "sqlalchemy.engine"])
def test_chatty_library_speaks_only_when_something_is_wrong(stream, name):
    set_up_logging(stream, level="debug")
    logging.getLogger(name).info("sender: %s", ADDRESS)
    logging.getLogger(name).warning("odd")
    assert [line["event"] for line in lines(stream)] == ["odd"]


def test_unknown_level_is_refused(stream):
    with pytest.raises(ValueError, match="LOUD"):
        set_up_logging(stream, level="loud")


def test_pipe_gets_json_and_terminal_gets_columns():
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    set_up_logging(terminal)
    structlog.get_logger().info("post_mirrored", list="pc.x.org")
    assert not terminal.getvalue().startswith("{")
    assert "post_mirrored" in terminal.getvalue()


def test_second_set_up_replaces_the_first(stream):
    set_up_logging(io.StringIO())
    set_up_logging(stream)
    structlog.get_logger().info("post_mirrored")
    assert len(lines(stream)) == 1


def test_control_characters_do_not_reach_a_terminal(stream):
    set_up_logging(stream, as_json=False)
    structlog.get_logger().info("post_held", subject="a\x1b[2Jb\nforged line")
    assert "\x1b[2J" not in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_traceback_keeps_its_lines_but_not_its_escapes():
    entry = escape_controls(None, "error", {"exception": "a\n\x1bb", "stack": "c\nd", "n": 3})
    assert entry == {"exception": "a\n\\x1bb", "stack": "c\nd", "n": 3}


def test_unknown_keys_follow_by_name():
    assert list(order_keys(None, "info", {"b": 1, "event": 2, "a": 3})) == ["event", "a", "b"]


class _Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError(text)


class _Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words for it")


def test_a_line_that_cannot_be_written_or_made_stops_nobody(stream):
    set_up_logging(_Gone())
    structlog.get_logger().info("post_mirrored")
    set_up_logging(stream)
    structlog.get_logger().info("post_mirrored", what=_Unspeakable())
    structlog.get_logger().info("post_held")
    assert [line["event"] for line in lines(stream)] == ["post_held"]
