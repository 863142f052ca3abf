"""What all suites have: readable assertions in the pieces that they share, and settings that end."""

from typing import Iterator

import pytest

import trace_baton

pytest.register_assert_rewrite(
    "baton_testing.asgi_websocket",
    "baton_testing.clients",
    "baton_testing.loop_servers",
    "baton_testing.queues",
    "baton_testing.servers",
)


@pytest.fixture
def default_settings() -> Iterator[None]:
    """A test may `configure`: afterwards all is as before."""
    yield
    trace_baton.configure()
