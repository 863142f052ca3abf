"""What the integration of every task queue promises, as tests that its suite inherits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Callable, Dict, List, Tuple

import pytest

import trace_baton
from baton_testing.contexts import CALLER, describe
from baton_testing.contract import MANY, Contract
from baton_testing.faults import break_baton, broken
from baton_testing.loopback import TIMEOUT

_notes: Dict[str, List[Dict[str, Any]]] = {}
_acts: Dict[str, Callable[[], object]] = {}


TaskDecorator = Callable[..., Callable[[Callable[..., Any]], Any]]
"""What a queue without types makes its tasks with, given their options."""


class TaskError(Exception):
    """What a task raises."""


def note(label: str) -> int:
    """Note the context, for the body of a task; return how many notes this label has now.

    If the test wants a task of this label to act, it does so first.
    """
    if label in _acts:
        _acts[label]()
    notes = _notes.setdefault(label, [])
    notes.append(describe())
    return len(notes)


def fail(label: str) -> None:
    """Do what the task `fail` does."""
    note(label)
    raise TaskError(label)


def fail_once(label: str) -> None:
    """Do what the task `retry` does, where a task that raises is tried again."""
    if note(label) == 1:
        raise TaskError(label)


class QueueContract(Contract):
    """A suite names the integration's module, and has a queue with these tasks of a label.

    `note` calls `note(label)`, as do all. `nest` enqueues `note` with the label and "/inner".
    `fail` raises TaskError. `retry` fails, and is tried again, until it has two notes.
    """

    workers = 1
    """How many threads work at once."""

    def enqueue(self, task: str, label: str) -> None:
        """Enqueue one of the tasks, from any thread."""
        raise NotImplementedError

    def work(self) -> None:
        """Work, in this process, until nothing is left in the queue."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _without_notes(self) -> None:
        _notes.clear()
        _acts.clear()

    def notes(self, label: str) -> List[Dict[str, Any]]:
        """Return the notes of a label, in their order."""
        return _notes.get(label, [])

    def run(self, task: str, label: str = "task") -> List[Dict[str, Any]]:
        """Enqueue a task, work, and return the notes of its label."""
        self.enqueue(task, label)
        self.work()
        return _notes[label]

    def test_a_task_continues_the_trace(self) -> None:
        with trace_baton.start(CALLER) as context:
            self.enqueue("note", "task")
            assert trace_baton.current() is context
        self.work()
        (seen,) = _notes["task"]
        assert seen["trace_id"] == CALLER.trace_id
        assert seen["request_id"] == "order-7"
        assert seen["baggage"] == {"userId": "alice", "serverNode": "DF 28"}
        outgoing = seen["outgoing"]
        assert outgoing["traceparent"].startswith(f"00-{CALLER.trace_id}-")
        assert outgoing["traceparent"].endswith("-01")
        assert outgoing["tracestate"] == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
        assert outgoing["baggage"] == "userId=alice;private,serverNode=DF%2028"

    def test_every_task_is_a_span_of_its_own(self) -> None:
        with trace_baton.start(CALLER):
            self.enqueue("note", "first")
            self.enqueue("note", "second")
        self.work()
        (first,), (second,) = _notes["first"], _notes["second"]
        assert len({first["span_id"], second["span_id"], CALLER.span_id}) == 3
        assert len({first["parent_id"], second["parent_id"], None}) == 3

    def test_a_task_that_enqueues_another_passes_its_trace_on(self) -> None:
        with trace_baton.start(CALLER):
            (outer,) = self.run("nest")
        (inner,) = _notes["task/inner"]
        assert outer["trace_id"] == inner["trace_id"] == CALLER.trace_id
        assert outer["span_id"] != inner["span_id"]
        assert inner["request_id"] == "order-7"

    def test_outside_of_any_context_a_task_starts_a_trace(self) -> None:
        self.enqueue("note", "first")
        self.enqueue("note", "second")
        self.work()
        (first,), (second,) = _notes["first"], _notes["second"]
        assert first["trace_id"] != second["trace_id"]
        assert first["request_id"] == first["trace_id"]

    def test_a_failing_task_ends_its_context(self) -> None:
        with trace_baton.start(CALLER):
            self.enqueue("fail", "failing")
        self.enqueue("note", "next")
        self.work()
        assert [seen["trace_id"] for seen in _notes["failing"]] == [CALLER.trace_id]
        (after,) = _notes["next"]
        assert after["trace_id"] != CALLER.trace_id
        assert trace_baton.current() is None

    def test_a_retry_is_another_span_of_the_same_trace(self) -> None:
        with trace_baton.start(CALLER):
            self.enqueue("retry", "task")
        self.work()
        first, second = _notes["task"]
        assert first["trace_id"] == second["trace_id"] == CALLER.trace_id
        assert first["request_id"] == second["request_id"] == "order-7"
        assert first["span_id"] != second["span_id"]

    def test_a_hundred_at_once_never_mix(self) -> None:
        def enqueue(number: int) -> Tuple[str, str]:
            with trace_baton.start() as context:
                self.enqueue("note", str(number))
                return str(number), context.trace_id

        with ThreadPoolExecutor(MANY) as pool:
            sent = dict(pool.map(enqueue, range(MANY)))
        self.work()
        assert {label: [n["trace_id"] for n in notes] for label, notes in _notes.items()} == {
            label: [trace_id] for label, trace_id in sent.items()
        }

    def test_uninstall(self) -> None:
        trace_baton.uninstall(self.integration)
        with trace_baton.start(CALLER):
            self.enqueue("note", "task")
        self.work()
        assert _notes["task"] == [{}]

    def test_uninstall_during_a_task_leaves_nothing_in_its_thread(self) -> None:
        _acts["leaving"] = lambda: trace_baton.uninstall(self.integration)
        with trace_baton.start(CALLER):
            self.enqueue("note", "leaving")
        # As many as there are threads, at once: one of them is in that of the first task.
        meet = Barrier(self.workers)
        others = [f"other {number}" for number in range(self.workers)]
        for label in others:
            _acts[label] = lambda: meet.wait(TIMEOUT)
            self.enqueue("note", label)
        self.work()
        assert [seen["trace_id"] for seen in _notes["leaving"]] == [CALLER.trace_id]
        traces = [seen.get("trace_id") for label in others for seen in _notes[label]]
        assert len(traces) == self.workers and CALLER.trace_id not in traces

    def test_installing_twice_is_installing_once(self) -> None:
        trace_baton.install(self.integration)
        with trace_baton.start(CALLER):
            self.enqueue("note", "task")
        self.work()
        assert _notes["task"][0]["trace_id"] == CALLER.trace_id
        trace_baton.uninstall(self.integration)
        assert self.run("note", "later") == [{}]

    def test_a_worker_without_baton_does_its_work(self) -> None:
        with trace_baton.start(CALLER):
            self.enqueue("note", "task")
        trace_baton.uninstall(self.integration)
        self.work()
        assert _notes["task"] == [{}]

    def test_a_task_from_a_sender_without_baton_starts_a_trace(self) -> None:
        trace_baton.uninstall(self.integration)
        with trace_baton.start(CALLER):
            self.enqueue("note", "task")
        trace_baton.install(self.integration)
        self.work()
        (seen,) = _notes["task"]
        assert seen["trace_id"] == seen["request_id"] != CALLER.trace_id
        assert seen["parent_id"] is None

    def test_a_baton_that_fails_to_send_does_not_fail_the_sender(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with trace_baton.start(CALLER), monkeypatch.context() as patch:
            patch.setattr("trace_baton.propagation.new_span_id", broken)
            self.enqueue("note", "task")
        self.work()
        assert _notes["task"][0]["trace_id"] != CALLER.trace_id

    @pytest.mark.parametrize("fault", ["reading", "attaching"])
    def test_a_baton_that_fails_to_receive_does_not_fail_the_task(
        self, fault: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with trace_baton.start(CALLER):
            self.enqueue("note", "task")
        break_baton(monkeypatch, fault)
        self.work()
        assert _notes["task"] == [{}]
