"""requests: sessions and the functions of the module, on a real server."""

from typing import Dict, Iterator, Optional

import requests

import trace_baton
from baton_testing.clients import ClientContract, body_parts, trace_of
from baton_testing.contexts import CALLER
from trace_baton.integrations import requests as integration


class TestSession(ClientContract):
    module = integration
    connection_errors = (requests.ConnectionError,)

    def get(self, url: str, headers: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        with requests.Session() as session:
            seen: Dict[str, str] = session.get(url, headers=headers).json()
            return seen

    def request(self, url: str, headers: Dict[str, str]) -> requests.PreparedRequest:
        return requests.Request("GET", url, headers=headers).prepare()

    def send(self, request: requests.PreparedRequest) -> Dict[str, str]:
        with requests.Session() as session:
            seen: Dict[str, str] = session.send(request).json()
            return seen

    def stream(self, url: str) -> Iterator[bytes]:
        with requests.Session() as session:
            response = session.post(url, data=body_parts(), stream=True)
            yield from response.iter_content(16)

    def test_the_functions_of_the_module_carry_it_too(self) -> None:
        with trace_baton.start(CALLER):
            assert trace_of(requests.get(self.url).json()) == CALLER.trace_id

    def test_a_session_can_serve_many_traces(self) -> None:
        with requests.Session() as session:
            for _ in range(3):
                with trace_baton.start() as context:
                    assert trace_of(session.get(self.url).json()) == context.trace_id

    def test_a_prepared_request(self) -> None:
        with trace_baton.start(CALLER), requests.Session() as session:
            request = requests.Request("GET", self.url).prepare()
            assert trace_of(session.send(request=request).json()) == CALLER.trace_id
