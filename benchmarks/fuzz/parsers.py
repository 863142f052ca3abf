"""What is fuzzed: each parser of what somebody else wrote, and how it may refuse. No fuzzer in here."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import trace_baton
from matrix_results import UnreadableReport, UnreadableResults, decode
from matrix_results.junit import parse as parse_junit
from matrix_updates.locks import pins, strange_line
from release_sampler import SamplerError
from release_sampler.answers.held import read_pins
from release_sampler.documents.record import read_record
from release_sampler.documents.snapshot import read_snapshot
from release_sampler.index import metadata
from release_sampler.index.pages import parse_page
from release_sampler.index.pip_config import make_index_config
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


_PAGE = (
    b'{"meta":{"api-version":"1.1"},"name":"thing","files":[{"filename":"thing-1.0.tar.gz",'
    b'"url":"https://a/thing-1.0.tar.gz","hashes":{},"requires-python":">=3.8","yanked":"x"}]}'
)
_LINK = b'<a href="thing-1.0-py3-none-any.whl" data-requires-python="&gt;=3.8">thing-1.0-py3-none-any.whl</a>'
_LOCK = b"a==1.0 ; python_version < '3.9' \\\n    --hash=sha256:" + b"0" * 64 + b"\n"
_JUNIT = b'<testsuites><testsuite time="0.1"><testcase name="a"><failure>E  x</failure></testcase></testsuite></testsuites>'

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
        (b"PK\x05\x06",),
    ),
    "junit": Parser(lambda data: parse_junit(data, source="a"), (UnreadableResults,), (_JUNIT,)),
    "report": Parser(decode, (UnreadableReport,), (b'{"schema_version":2,"suites":[]}',)),
    "lock": Parser(_text(lambda text: (pins(text), strange_line(text))), (), (_LOCK,)),
    "pins": Parser(_text(read_pins), (SamplerError,), (_LOCK, b'{"pins":{"a":"1"}}')),
    "snapshot": Parser(
        _text(lambda text: read_snapshot(text, "a")), (ValueError,), (b'{"version":"1"}\n',)
    ),
    "record": Parser(
        _text(read_record), (ValueError,), (b'{"format":2,"as_of":"2024-01-01T00:00:00Z"}',)
    ),
    "pip": Parser(
        _text(_options), (SamplerError,), (b"index-url=https://a:b@c/simple\ntimeout=3\n",)
    ),
    "traceparent": Parser(
        _header("traceparent"), (), (b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01",)
    ),
    "tracestate": Parser(_header("tracestate"), (), (b"a=1,b@c=2",)),
    "baggage": Parser(_text(lambda text: dict(Baggage.parse([text]))), (), (b"a=1;b=2, c = %41",)),
}
