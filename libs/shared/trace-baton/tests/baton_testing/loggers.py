"""Many threads that log at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import trace_baton
from baton_testing.contract import MANY


def log_in_threads(log: Callable[[str], object]) -> None:
    """Log MANY messages, each in a context of its own, whose request id is the message."""

    def work(number: int) -> None:
        message = f"request-{number}"
        with trace_baton.start(), trace_baton.bind(request_id=message):
            log(message)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(MANY)))
