"""What all suites share: readable assertions in the contracts that they inherit."""

import pytest

pytest.register_assert_rewrite(
    "baton_testing.clients", "baton_testing.queues", "baton_testing.servers"
)
