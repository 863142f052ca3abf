from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from version_matrix.generate.requests import Work


def test_each_request_is_taken_once_and_suites_are_finished_one_at_a_time() -> None:
    requests: list[Any] = list(range(500))
    finishing = threading.Lock()
    finished: list[Any] = []

    def finish(update: Any) -> Any:
        assert finishing.acquire(blocking=False), "another lane finishes a suite"
        finished.append(update)
        finishing.release()
        return update

    work = Work(requests, finish)

    def lane(_: int) -> list[Any]:
        taken: Any = work.taken()
        return [work.finish(request) for request in taken]

    with ThreadPoolExecutor(8) as pool:
        taken = [request for of_lane in pool.map(lane, range(8)) for request in of_lane]
    assert sorted(taken) == sorted(finished) == requests
