"""rq: a job continues the trace of whoever created it.

The context travels in the job's `meta`, under the key "trace_baton". Each attempt of a job is a span; a
job that is tried again, by itself or by hand, stays in the trace.
"""

from typing import Any, Callable

from rq import Queue, Worker

from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import extract, headers

META_KEY = "trace_baton"
"""Where the `meta` of a job holds the headers of its context."""

_guard = Guard("rq")


def install() -> Undo:
    """Wrap public methods: two of `Queue` that send, and what performs a job in either class.

    `perform_job` is wrapped where it is defined, which is no longer `Worker`, for all workers.
    """
    worker = next(kind for kind in Worker.__mro__ if "perform_job" in vars(kind))
    undos = (
        replace(Queue, "create_job", _creating),
        replace(Queue, "enqueue_job", _enqueueing),
        replace(Queue, "run_job", _performing),
        replace(worker, "perform_job", _performing),
    )

    def undo() -> None:
        for undo_one in undos:
            undo_one()

    return undo


def _creating(create_job: Callable[..., Any]) -> Callable[..., Any]:
    def create_job_carrying(queue: Queue, *args: Any, **kwargs: Any) -> Any:
        job = create_job(queue, *args, **kwargs)
        _carry(job)
        return job

    return create_job_carrying


def _enqueueing(enqueue_job: Callable[..., Any]) -> Callable[..., Any]:
    # For a job that the application has created by itself.
    def enqueue_job_carrying(queue: Queue, job: Any, *args: Any, **kwargs: Any) -> Any:
        _carry(job)
        return enqueue_job(queue, job, *args, **kwargs)

    return enqueue_job_carrying


def _carry(job: Any) -> None:
    with _guard:
        if META_KEY not in job.meta:
            # A copy, because the application may use one `meta` for many jobs.
            job.meta = {**job.meta, META_KEY: headers()}


def _performing(perform: Callable[..., Any]) -> Callable[..., Any]:
    def perform_in_context(performer: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        context = None
        with _guard:
            context = extract(job.meta.get(META_KEY, {}))
        with _guard.attached(context):
            return perform(performer, job, *args, **kwargs)

    return perform_in_context
