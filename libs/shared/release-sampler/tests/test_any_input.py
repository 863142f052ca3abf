"""Whatever somebody else wrote is read, or refused by the one kind of error that is caught for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from release_sampler import SamplerError
from release_sampler.answers.held import read_pins
from release_sampler.documents.record import read_record
from release_sampler.documents.request import read_request
from release_sampler.documents.snapshot import read_snapshot
from release_sampler.index.pages import Page, parse_page
from release_sampler.index.pip_config import make_index_config
from release_sampler.index.pip_options import _merge
from release_sampler.index.releases import group_by_version, make_release
from sampler_examples import examples
from sampler_index import JSON

quick = examples(150)

# What stands in such a text, and what is put in its place by somebody who means no good.
WORDS = st.sampled_from(
    (
        *(
            "thing",
            "thing-1.0",
            "thing-1.0.tar.gz",
            "thing-2.0-py3-none-any.whl",
            "1.0",
            "2024-01-01",
        ),
        *(
            "9" * 400,
            "1e999",
            "-1",
            "NaN",
            "\x00",
            "\x1b[31m",
            "\ud800",
            "é" * 9,
            "../../x",
            "file:///a",
        ),
        *(
            "http://[",
            "http://a:b@c/",
            "https://h:99999999/",
            "javascript:a",
            "",
            " ",
            "\n",
            ">=3",
            "<",
        ),
    )
)
TEXT = WORDS | st.text(max_size=12) | st.lists(WORDS, max_size=3).map("".join)
VALUE = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    *(
        "filename",
        "url",
        "hashes",
        "requires-python",
        "yanked",
        "upload-time",
        "size",
        "core-metadata",
    ),
    "dist-info-metadata",
)


def summed_up(page: Page) -> None:
    for version, files in group_by_version(page.files).items():
        release = make_release(version, files)
        assert f"{release.version}{release.problem}{release.yanked}".isprintable()


def read_page(content: bytes, kind: str) -> None:
    try:
        page = parse_page(content, kind, "https://a/simple/thing/", "https://a/simple/", "thing")
    except ValueError:
        return
    for file in page.files:
        assert file.problem or file.url.startswith(("http:", "https:", "HTTP"))
    summed_up(page)


def as_bytes(document: Any) -> bytes:
    return json.dumps(document).encode()


@quick
@given(
    st.fixed_dictionaries(
        {"files": st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUE), max_size=3) | VALUE},
        optional={"meta": VALUE, "name": VALUE, "project-status": VALUE, "versions": VALUE},
    )
)
def test_any_page_in_json(document: Any) -> None:
    read_page(as_bytes(document), JSON)


@quick
@given(st.dictionaries(st.sampled_from(FIELDS[1:]), VALUE))
def test_any_fields_of_a_file(fields: Any) -> None:
    file = {"filename": "thing-1.0.tar.gz", "url": "thing-1.0.tar.gz", "hashes": {}, **fields}
    read_page(as_bytes({"files": [file]}), JSON)


@quick
@given(st.dictionaries(st.sampled_from(FIELDS), TEXT), TEXT, TEXT)
def test_any_page_in_html(attributes: "dict[str, str]", before: str, name: str) -> None:
    told = " ".join(f'data-{key}="{value}"' for key, value in attributes.items())
    link = f"{before}<a href=\"{attributes.get('url', 'x')}\" {told}>{name}</a>"
    read_page(link.encode("utf-8", "replace"), "text/html")


@pytest.mark.parametrize(
    "page", [b"<![ref[ <a href='x'>x</a>", b"<!DOCTYPE html [<!x>]>", b"<!doctype a [<!attlist"]
)
def test_a_page_that_the_parser_of_html_gives_up(page: bytes) -> None:
    """Found by fuzzing: it says so by an error of its own, in the page and in its head."""
    read_page(page, "text/html")


@quick
@given(st.binary(max_size=100), st.sampled_from([JSON, "text/html", "text/html; charset=x", "a"]))
def test_any_bytes_of_a_page(content: bytes, kind: str) -> None:
    read_page(content, kind)


@quick
@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_any_configuration_of_pip(tmp_path_factory: Any, lines: "list[tuple[str, str]]") -> None:
    file = Path(tmp_path_factory.getbasetemp(), "pip.conf")
    text = "[global]\n" + "".join(f"{name} = {value}\n" for name, value in lines)
    file.write_bytes(text.encode("utf-8", "replace"))
    try:
        _merge([file], {})
    except ValueError as error:
        assert str(error).isprintable() and len(str(error)) < 500


OPTIONS = ("index-url", "extra-index-url", "timeout", "retries", "no-index", "cert", "trusted-host")


@quick
@example({"timeout": "NaN"})
@given(st.dictionaries(st.sampled_from(OPTIONS), TEXT))
def test_any_options_of_pip(options: "dict[str, str]") -> None:
    try:
        config = make_index_config(options)
    except SamplerError as error:
        assert str(error).isprintable()
        assert "index-url" not in str(error) or "b@c" not in str(error)
        return
    assert 0 < config.timeout <= 60 and 0 <= config.retries <= 10


@quick
@given(st.lists(TEXT | st.sampled_from(["thing==1.0", "a[b]==2;c \\", "{"]), max_size=4) | VALUE)
def test_any_lock_or_record(told: Any) -> None:
    texts = [json.dumps(told), json.dumps({"pins": told})]
    if isinstance(told, list):
        texts.append("\n".join(map(str, told)))
    for text in texts:
        for read in (read_pins, read_record, read_request, lambda t: read_snapshot(t, "thing")):
            try:
                read(text)
            except (SamplerError, ValueError):
                continue
