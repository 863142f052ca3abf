"""Ids of the processes that a server, or an application, forks: none occurs twice.

Each has drawn ids before it forks, so that its children begin with one state of the generator.
"""

import json
import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, List, Sequence, Tuple

import pytest

import trace_baton
from baton_testing.loopback import HOST, fetch, free_port
from baton_testing.programs import Program, console_script

WORKERS = 4
REQUESTS = 200
ATTEMPTS = 5

APPLICATION = """
import json
import os

import trace_baton
from trace_baton.wsgi import WSGIMiddleware

trace_baton.headers()


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    context = trace_baton.current()
    sent = trace_baton.headers()["traceparent"].split("-")[2]
    return [json.dumps([os.getpid(), context.trace_id, context.span_id, sent]).encode()]


application = WSGIMiddleware(app)
"""

SERVERS = {
    # "http-socket": uWSGI speaks HTTP itself. It forks in C, and runs no hooks of Python's.
    "uwsgi": "uwsgi --http-socket {address} --master --processes {workers} --wsgi-file served.py --die-on-term",
    "uwsgi, lazy": "uwsgi --http-socket {address} --master --processes {workers} --wsgi-file served.py"
    " --die-on-term --lazy-apps",
    "gunicorn": "gunicorn --bind {address} --workers {workers} served",
    "gunicorn, preload": "gunicorn --bind {address} --workers {workers} --preload served",
}
STARTED = {"uwsgi": "spawned uWSGI worker", "gunicorn": "Booting worker"}


def served(command: str, folder: Path) -> Tuple[Program, str]:
    """Start the server on a port that is free; return it with the URL."""
    for _ in range(ATTEMPTS):
        address = f"{HOST}:{free_port()}"
        program = console_script(command.format(address=address, workers=WORKERS), folder)
        # It ends at once where somebody else has taken the port meanwhile.
        if program.says(STARTED[command.split()[0]], WORKERS):
            return program, f"http://{address}/"
        program.__exit__()
    pytest.fail(program.output)


def unique(ids: List[str]) -> bool:
    return len(set(ids)) == len(ids)


@pytest.mark.parametrize("server", SERVERS)
def test_no_two_workers_of_a_server_make_the_same_id(server: str, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(APPLICATION)
    program, url = served(SERVERS[server], tmp_path)
    pids: Sequence[int] = ()
    with program, ThreadPoolExecutor(2 * WORKERS) as pool:
        answers: List[List[Any]] = []
        # Nobody says which worker takes a request.
        while len(set(pids)) < 2 and len(answers) < ATTEMPTS * REQUESTS:
            answers += [json.loads(each.body) for each in pool.map(fetch, [url] * REQUESTS)]
            pids, traces, spans, sent = zip(*answers)
    assert len(set(pids)) > 1, program.output
    assert unique(traces) and unique([*spans, *sent])


def draw(count: int) -> List[str]:
    return [trace_baton.TraceContext.new().trace_id for _ in range(count)]


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_no_two_processes_of_a_pool_make_the_same_id(method: str) -> None:
    before = draw(1)
    with multiprocessing.get_context(method).Pool(WORKERS) as pool:
        ids = [each for drawn in pool.map(draw, [5] * 20, chunksize=1) for each in drawn]
    assert unique([*before, *ids, *draw(5)])


FORKS_WITHOUT_HOOKS = """
import ctypes
import os
import threading

import trace_baton.ids

print(trace_baton.ids.new_span_id(), flush=True)
if ctypes.PyDLL(None).fork() == 0:
    # Threads of the child, which all find out at once that it is one.
    barrier = threading.Barrier(8)

    def work():
        barrier.wait()
        print(trace_baton.ids.new_span_id() + "\\n", end="", flush=True)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)
os.wait()
print(trace_baton.ids.new_span_id(), flush=True)
"""


def test_a_fork_that_python_does_not_know_of(tmp_path: Path) -> None:
    path = [*map(str, (Path(entry).absolute() for entry in sys.path))]
    code = f"import sys; sys.path[:0] = {path!r}\n{FORKS_WITHOUT_HOOKS}"
    with Program([sys.executable, "-c", code]) as program:
        assert not program.says("nobody says this, and so it ends")
        lines = program.output.splitlines()[1:]
    ids = [line for line in lines if len(line) == 16]
    assert len(ids) == 10 and unique(ids), program.output
