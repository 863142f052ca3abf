"""How the harness is run, and what is made of what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

import trace_baton
from w3c_harness import Outcome, outcome, run
from w3c_services import CLIENTS, SERVERS


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ("Ran 41 tests in 1.0s\n\nOK\n", Outcome(41, ())),
        (
            "FAIL: test_one (test.A.test_one)\nERROR: test_two (test.A.test_two)\n"
            "Ran 3 tests in 1.0s\n\nFAILED (failures=1, errors=1)\n",
            Outcome(3, ("test_one", "test_two")),
        ),
    ],
)
def test_outcome(report: str, expected: Outcome) -> None:
    assert outcome(report) == expected


def test_a_harness_that_does_not_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="did not come to its end:\nTraceback"):
        outcome("Traceback")


HARNESS = """
import json, os, sys, threading, unittest, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

got = []


class Back(BaseHTTPRequestHandler):
    def do_POST(self):
        got.append(dict(self.headers.items()))
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class TraceContextTest(unittest.TestCase):
    def test_carries(self):
        server = HTTPServer(("127.0.0.1", int(os.environ["HARNESS_PORT"])), Back)
        threading.Thread(target=server.handle_request).start()
        body = [{"url": f"http://127.0.0.1:{server.server_port}/", "arguments": []}]
        sent = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "Content-Type": "application/json"}
        request = urllib.request.Request(sys.argv[1], json.dumps(body).encode(), sent)
        urllib.request.urlopen(request, timeout=600).close()
        server.server_close()
        found = {name.lower(): value for name, value in got[0].items()}
        assert found["traceparent"][3:35] == "1" * 32, found

    def test_fails(self):
        assert os.environ["SPEC_LEVEL"] != "2"


unittest.main(argv=["test.py"])
"""


@pytest.mark.parametrize("server", SERVERS)
def test_every_service_calls_back(server: str, tmp_path: Path) -> None:
    """By the clients in turns: a harness of its own, for the public one is not part of this."""
    (tmp_path / "test.py").write_text(HARNESS)
    client = list(CLIENTS.values())[list(SERVERS).index(server) % len(CLIENTS)]
    trace_baton.install(SERVERS[server].integration, client.integration)
    try:
        with SERVERS[server].serve(client.call) as url:
            assert run(tmp_path, url) == Outcome(2, ("test_fails",))
    finally:
        trace_baton.uninstall()
