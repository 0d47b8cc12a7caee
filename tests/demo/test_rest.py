import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bridge.demo.ports import free_ports
from bridge.demo.rest import Rest, basic_authorization
from bridge.errors import Permanent, Transient


class Stub(BaseHTTPRequestHandler):
    """Answers with the status its path names, and says what it was asked."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked = [self.command, body, self.headers["Authorization"]]
        self.send_response(int(self.path[1:]))
        self.end_headers()
        self.wfile.write(b"OK" if self.path == "/202" else json.dumps(asked).encode())

    do_POST = do_PATCH = do_GET  # noqa: N815 - the names http.server calls

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def rest() -> Iterator[Rest]:
    with HTTPServer(("127.0.0.1", 0), Stub) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Rest(server.server_port, basic_authorization("ana", "pw"))
        server.shutdown()
        thread.join()


def test_requests_carry_their_body_and_authorization(rest: Rest) -> None:
    basic = "Basic YW5hOnB3"
    assert rest.get("/200") == ["GET", "", basic]
    assert rest.send_json("POST", "/200", {"a": 1}) == ["POST", '{"a": 1}', basic]
    assert rest.send_form("PATCH", "/200", {"a": "b c"}) == ["PATCH", "a=b+c", basic]


@pytest.mark.parametrize(("path", "blame"), [("/503", Transient), ("/404", Permanent)])
def test_a_refusal_says_who_must_act(
    rest: Rest, path: str, blame: type[Transient | Permanent]
) -> None:
    with pytest.raises(blame, match=path[1:]):
        rest.get(path)
    assert not rest.answers(path)


def test_an_answer_that_is_no_json_is_an_answer(rest: Rest) -> None:
    assert rest.answers("/202")


def test_nobody_there_is_healed_by_time() -> None:
    with pytest.raises(Transient, match="No answer"):
        Rest(free_ports(1)[0]).get("/")
