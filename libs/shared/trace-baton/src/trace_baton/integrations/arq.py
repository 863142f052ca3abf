"""arq: a job continues the trace of whoever enqueued it.

The context travels beside the job's function and arguments, under the key "trace_baton", through whatever
serializer is configured. Each attempt at a job is a span; a retry and a deferral stay in the trace.
"""

import pickle
from typing import Any, Callable, Dict, Optional

from arq import connections, worker

from trace_baton.context import attach
from trace_baton.guard import Guard
from trace_baton.patching import Undo, replace
from trace_baton.propagation import extract, headers

KEY = "trace_baton"
"""Where a serialized job holds the headers of its context. Workers without trace-baton pass over it."""

_guard = Guard("arq")


def install() -> Undo:
    """Wrap `serialize_job` where jobs are enqueued, `deserialize_job_raw` where they are done."""
    undo_serialize = replace(connections, "serialize_job", _serializing)
    undo_deserialize = replace(worker, "deserialize_job_raw", _deserializing)

    def undo() -> None:
        undo_serialize()
        undo_deserialize()

    return undo


def _serializing(serialize_job: Callable[..., Any]) -> Callable[..., Any]:
    def serialize_carrying(
        *args: Any, serializer: Optional[Callable[[Dict[str, Any]], bytes]] = None
    ) -> Any:
        carried: Dict[str, Any] = {}
        with _guard:
            carried[KEY] = headers()
        serialize = serializer or pickle.dumps
        return serialize_job(*args, serializer=lambda job: serialize({**job, **carried}))

    return serialize_carrying


def _deserializing(deserialize_job: Callable[..., Any]) -> Callable[..., Any]:
    def deserialize_and_begin(
        data: bytes, *, deserializer: Optional[Callable[[bytes], Dict[str, Any]]] = None
    ) -> Any:
        def deserialize(data: bytes) -> Dict[str, Any]:
            job = (deserializer or pickle.loads)(data)
            with _guard:
                # Never detached: a worker does each job in an asyncio task of its own, which
                # deserializes it first, and the context ends with the task.
                attach(extract(job.get(KEY, {})))
            return job

        return deserialize_job(data, deserializer=deserialize)

    return deserialize_and_begin
