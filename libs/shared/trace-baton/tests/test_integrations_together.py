"""Every integration in one process, as an application has them: no cell of the matrix sees that."""

from typing import Dict, Iterator, List

import pytest
import requests
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from pytest_httpserver import HTTPServer

import trace_baton
from baton_testing.loopback import TIMEOUT

SAID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def everything() -> Iterator[None]:
    names = trace_baton.available()
    assert len(names) == 23
    trace_baton.install(*names)
    trace_baton.install(*names)
    try:
        yield
    finally:
        trace_baton.uninstall()


def seen_by_an_application() -> List[Dict[str, object]]:
    """What a FastAPI application, which is a Starlette application, sees of one request."""
    application = FastAPI()
    seen: List[Dict[str, object]] = []

    @application.get("/")
    async def root(request: Request) -> None:
        current = trace_baton.current()
        seen.append(
            {"trace": current and current.trace_id, "request": current and current.request_id}
        )

    with TestClient(application) as client:
        response = client.get("/", headers={"traceparent": SAID, "X-Request-ID": "r1"})
    assert response.status_code == 200
    seen.append({"answers": response.headers.get_list("x-request-id")})
    return seen


def test_two_integrations_of_one_request_are_one_step(everything: None) -> None:
    assert seen_by_an_application() == [
        {"trace": SAID.split("-")[1], "request": "r1"},
        {"answers": ["r1"]},
    ]


def test_requests_and_the_urllib3_below_it_send_one_header(
    everything: None, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_data("")
    with trace_baton.start(), trace_baton.bind(request_id="r2"):
        requests.get(httpserver.url_for("/"), timeout=TIMEOUT)
    ((request, _),) = httpserver.log
    assert request.headers.getlist("X-Request-ID") == ["r2"]
    assert len(request.headers.getlist("traceparent")) == 1


def test_taken_back_nothing_is_left(everything: None, httpserver: HTTPServer) -> None:
    trace_baton.uninstall()
    assert seen_by_an_application() == [{"trace": None, "request": None}, {"answers": []}]
    httpserver.expect_request("/").respond_with_data("")
    with trace_baton.start():
        requests.get(httpserver.url_for("/"), timeout=TIMEOUT)
    ((request, _),) = httpserver.log
    assert "traceparent" not in request.headers
