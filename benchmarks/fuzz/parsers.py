"""What is fuzzed: each parser of what somebody else wrote, and how it may refuse. No fuzzer in here.

Parsers of plugins import no Pants, so that the Python of a fuzzer can do without its; they are found by
name, as nothing that is ours and for Python 3.12 may import what is for Pants' own.
"""

from __future__ import annotations

import datetime
import gzip
import importlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import trace_baton
from compat_board.received.acceptance import Unacceptable, require_acceptable
from compat_board.received.formats import read_report
from matrix_results import (
    Cell,
    Failure,
    Run,
    Status,
    Suite,
    UnreadableReport,
    UnreadableResults,
    decode,
    encode,
)
from matrix_results.junit import parse as parse_junit
from matrix_updates.canary.song import read_song
from matrix_updates.errors import UnreadableFolder
from matrix_updates.locks import pins, strange_line
from matrix_updates.proposal import bisect_answer
from matrix_updates.proposal.documents import decode as decode_proposal
from matrix_updates.proposal.model import Prepared, Proposal
from matrix_updates.proposal.wording import body
from matrix_updates.publish import marker
from release_sampler import SamplerError
from release_sampler.answers.held import read_pins
from release_sampler.documents.record import read_record
from release_sampler.documents.snapshot import read_snapshot
from release_sampler.index import metadata
from release_sampler.index.pages import parse_page
from release_sampler.index.pip_config import make_index_config
from release_watcher.chosen.watchlist import BadWatchlist, make_watchlist, parse_packages_file
from trace_baton.baggage import Baggage


@dataclass(frozen=True)
class Parser:
    """A parser of bytes, the errors by which it refuses some, and what something good looks like."""

    read: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...] = ()
    seeds: tuple[bytes, ...] = ()


def _page(kind: str) -> Callable[[bytes], object]:
    return lambda data: parse_page(
        data, kind, "https://a/simple/thing/", "https://a/simple/", "thing"
    )


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"))


def _header(name: str) -> Callable[[bytes], object]:
    return lambda data: trace_baton.extract({name: data.decode("latin-1")})


def _options(text: str) -> object:
    lines = (line.partition("=") for line in text.splitlines())
    return make_index_config({name.strip(): value.strip() for name, _, value in lines})


class _Index:
    """Whatever is asked for, it answers with the same bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def get(self, *_: object, **__: object) -> Any:
        return self


def _wheel() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: a\nVersion: 1\n")
    return file.getvalue()


def _sdist() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("a-1/PKG-INFO")
        member.size = 10
        archive.addfile(member, io.BytesIO(b"Name: a\n\nx"))
    return file.getvalue()[:2048]


def _received(data: bytes) -> None:
    """As the board takes a report."""
    require_acceptable(read_report(data), now=_NOON)


def _proposed(data: bytes) -> str:
    """As `matrix-updates publish` words a request."""
    return body(decode_proposal(Proposal, data, source="a"))


def _plugin(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise SystemExit(f"no module {error.name}: put tools/pants-plugins on PYTHONPATH") from None


def _matrix_lock(text: str) -> None:
    """As a cell and `generate-matrix` read the lock of a sample."""
    for name in ("recorded_inputs", "recorded_platforms", "recorded_pythons", "pins"):
        _plugin("version_matrix.stanza.lock_file", name)(text)
    _plugin("version_matrix.stanza.lock_file", "changed_pins")(text, text[: len(text) // 2])
    _plugin("version_matrix.stanza.lock_file", "excerpt")(text, ["a"])
    _plugin("version_matrix.cells.lock_entries", "entries")(text)


def _tool_lock(text: str) -> None:
    """As `generate-lockfiles` and `lint` read a lock, whatever a merge has left of it."""
    module = "hash_locks.lock_file"
    parse_input = _plugin("hash_locks.requirements_file", "parse")
    files = (("a.in", parse_input("a>=1 ; python_version < '3.13'  # Needed.\n", "a.in")),)
    inputs = _plugin(module, "LockInputs")(files, ("3.12",), ("linux-x86_64-glibc2.28",))
    _plugin(module, "problem")(text, inputs)
    list(_plugin(module, "unmet")(text, inputs))
    _plugin(module, "kept")(text, inputs, upgrade=("b",))
    _plugin(module, "pins")(text)


_NOON = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.timezone.utc)
_RUN = Run(
    made_at=_NOON,
    suites=(
        Suite(
            address="a:b",
            package="a>=1",
            cells=(
                Cell(
                    version="1.0@b=2",
                    tier="latest",
                    python="3.12",
                    status=Status.FAILED,
                    tests=1,
                    failed=1,
                    lock="sha256:0",
                    failures=(Failure(test="a::b", text="E  c"),),
                ),
            ),
        ),
    ),
    locks={"sha256:0": ("a==1",)},
)
_RECORD = (
    b'{"format":2,"as_of":"2024-01-01T00:00:00Z","suite":{"package":"a"},"samples":[{"version":"1.0","tier":'
    b'"latest","pythons":["3.12"],"uploaded":"2023-01-01T00:00:00Z","python_verdicts":{"3.12":"x"}}],'
    b'"refusals":[{"releases":{"a":"1.0"},"python":"3.11","reason":"r"}]}'
)
_PAGE = (
    b'{"meta":{"api-version":"1.1"},"name":"thing","files":[{"filename":"thing-1.0.tar.gz",'
    b'"url":"https://a/thing-1.0.tar.gz","hashes":{},"requires-python":">=3.8","yanked":"x"}]}'
)
_LINK = b'<a href="thing-1.0-py3-none-any.whl" data-requires-python="&gt;=3.8">thing-1.0-py3-none-any.whl</a>'
_LOCK = b"a==1.0 ; python_version < '3.9' \\\n    --hash=sha256:" + b"0" * 64 + b"\n"
_JUNIT = b'<testsuites><testsuite time="0.1"><testcase name="a"><failure>E  x</failure></testcase></testsuite></testsuites>'

_SAMPLES = (
    b'{"GENERATED":"by `a generate-matrix`","format":2,"snapshot":"sha256:0","samples":[{"version":"1.0",'
    b'"tier":"latest","pythons":["3.11","3.12"],"lock":"sha256:1","own_locks":{"3.11":"sha256:2"}}]}'
)
_COMBINED = (
    b'{"format":3,"snapshot":"a","samples":[{"version":"1.0","tier":"latest"}],"axis_snapshots":{"b":'
    b'"c"},"combinations":[{"releases":{"a":"1.0","b":"2"},"pythons":["3.12"],"role":"r","lock":"d"}],'
    b'"refusals":[{"releases":{"a":"1.0","b":"3"},"reason":"r","inputs":"i"}]}'
)
_HEADER = (
    b"# GENERATED by `a`. DO NOT EDIT.\n# After a merge conflict run the same command: it writes this file "
    b"anew.\n# pythons: 3.12\n# platforms: linux-x86_64-glibc2.28\n# inputs: sha256:"
    + b"0" * 64
    + b"\n# body: "
    b"sha256:" + b"1" * 64 + b"\n\n"
)

PARSERS: Mapping[str, Parser] = {
    "page-json": Parser(_page("application/vnd.pypi.simple.v1+json"), (ValueError,), (_PAGE,)),
    "page-html": Parser(_page("text/html"), (ValueError,), (_LINK,)),
    "metadata": Parser(
        metadata._from_metadata,
        (metadata._Unreadable,),
        (b"Metadata-Version: 2.1\nRequires-Dist: a>=1 ; extra == 'b'\n\nx",),
    ),
    "wheel": Parser(
        lambda data: metadata._metadata_in_zip(io.BytesIO(data)),
        (metadata._Unreadable,),
        (_wheel(),),
    ),
    "sdist": Parser(
        lambda data: metadata._read_sdist(cast(Any, _Index(data)), "https://a/a-1.tar.gz"),
        (metadata._Unreadable,),
        (_sdist(), gzip.compress(_sdist())),
    ),
    "junit": Parser(lambda data: parse_junit(data, source="a"), (UnreadableResults,), (_JUNIT,)),
    "report": Parser(decode, (UnreadableReport,), (encode(_RUN),)),
    "lock": Parser(_text(lambda text: (pins(text), strange_line(text))), (), (_LOCK,)),
    "pins": Parser(_text(read_pins), (SamplerError,), (_LOCK, b'{"pins":{"a":"1"}}')),
    "snapshot": Parser(
        _text(lambda text: read_snapshot(text, "a")), (ValueError,), (b'{"version":"1"}\n',)
    ),
    "record": Parser(_text(read_record), (ValueError,), (_RECORD,)),
    "pip": Parser(
        _text(_options), (SamplerError,), (b"index-url=https://a:b@c/simple\ntimeout=3\n",)
    ),
    "traceparent": Parser(
        _header("traceparent"), (), (b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01",)
    ),
    "tracestate": Parser(_header("tracestate"), (), (b"a=1,b@c=2",)),
    "baggage": Parser(_text(lambda text: dict(Baggage.parse([text]))), (), (b"a=1;b=2, c = %41",)),
    "b3": Parser(_header("b3"), (), (b"1" * 32 + b"-" + b"2" * 16 + b"-1",)),
    "received": Parser(
        _received,
        (UnreadableReport, Unacceptable),
        (encode(_RUN), encode(_RUN).replace(b'"schema_version"', b'"new": [1], "schema_version"')),
    ),
    "canary": Parser(
        lambda data: read_song(data, source="a").told(),
        (UnreadableFolder,),
        (
            b'{"schema_version":1,"kind":"canary","made_at":"2024-01-01T00:00:00Z","base":"'
            + b"c" * 40
            + b'","suites":[{"address":"a:b","title":"b","release":"1","cells":[{"version":"1","python":'
            b'"3.12","tier":"latest","status":"failed"}]}]}',
        ),
    ),
    "proposal": Parser(
        _proposed,
        (UnreadableFolder,),
        (
            b'{"schema_version":1,"name":"a","base":"'
            + b"b" * 40
            + b'","head":"'
            + b"c" * 40
            + b'",'
            b'"units":[{"kind":"lock","name":"a","title":"a","commit":"'
            + b"c" * 40
            + b'","repins":['
            b'{"project":"a","before":["1"],"after":["2"],"facts":{"attested":"holds"}}]}]}',
        ),
    ),
    "prepared": Parser(
        lambda data: decode_proposal(Prepared, data, source="a"),
        (UnreadableFolder,),
        (b'{"schema_version":1,"base_branch":"main","base":"' + b"b" * 40 + b'"}',),
    ),
    "bisect": Parser(
        _text(lambda text: bisect_answer.read("a#1@python=3.12", 0, text, "")),
        (),
        (b'{"release":"1","uploaded":"2024","cause":"b","pins":["b==1"],"failing_test":"c"}',),
    ),
    "marker": Parser(
        _text(marker.closed_by_us),
        (),
        (marker.written(marker.Marker("a", "b", ready=True)).encode(),),
    ),
    "watchlist": Parser(
        _text(lambda text: make_watchlist(parse_packages_file(text))),
        (BadWatchlist,),
        (b'[{"package":"a>=1","axes":["b"]}]', b"a>=1  # why\n"),
    ),
    "in": Parser(
        _text(lambda text: _plugin("hash_locks.requirements_file", "parse")(text, "a.in")),
        (_plugin("hash_locks.requirements_file", "RequirementsFileError"),),
        (b"# Why.\na[b]>=1,<2 ; python_version < '3.12' and sys_platform == 'linux'\n",),
    ),
    "samples": Parser(
        _text(_plugin("version_matrix.stanza.samples_file", "parse")),
        (_plugin("version_matrix.stanza.samples_file", "UnreadableSamples"),),
        (_SAMPLES, _COMBINED),
    ),
    "matrix-lock": Parser(
        _text(_matrix_lock),
        (),
        (b"# pythons: 3.12\n# platforms: linux-x86_64-glibc2.28\n" + _LOCK,),
    ),
    "tool-lock": Parser(_text(_tool_lock), (), (_HEADER + _LOCK + b"    # via\n    #   b\n",)),
    "reached": Parser(
        _text(_plugin("version_matrix.gate.record", "parse")),
        (_plugin("version_matrix.gate.record", "UnreadableRecord"),),
        (b'{"format":1,"reached":[{"tests":{"a:b":"c"},"lines":{"a.py":"1-3,7"}}]}',),
    ),
    "times": Parser(
        _text(_plugin("version_matrix.shards.times", "of_report")),
        (ValueError,),
        (b'{"suites":[{"address":"a","cells":[{"version":"1","python":"3.12","seconds":1}]}]}',),
    ),
    "durations": Parser(
        lambda data: _plugin("version_matrix.shards.times", "of_junit")("a.xml", data),
        (),
        (_JUNIT,),
    ),
}
