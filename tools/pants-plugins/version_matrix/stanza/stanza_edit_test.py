from __future__ import annotations

from typing import Any, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from version_matrix.stanza.stanza_edit import NotEditable, Stanza, edited, field_values

STANZA = Stanza("python_matrix_tests", "matrix", "httpx")
ONE_LINE = 'python_matrix_tests(name="matrix", package="httpx>=0.16")\n'
LAID_OUT = """\
# The oldest that anybody uses.
python_matrix_tests(
    name="matrix",
    package="httpx>=0.16",  # as in the README
    requirements={
        "*": [
            "anyio>=3,<5",  # why
            # And this one.
            "pytest-asyncio",
        ],
        "<0.24": ["anyio<4", "h11"],  # older
    },
    python=">=3.8",
    sdists=[],
)

python_tests(name="others")
"""


@pytest.mark.parametrize(
    "text, fields, expected",
    [
        (ONE_LINE, {}, ONE_LINE),
        (
            ONE_LINE,
            {"sdists": ["aiohttp"]},
            'python_matrix_tests(name="matrix", package="httpx>=0.16", sdists=["aiohttp"])\n',
        ),
        # What gets too long has a line for each field.
        (
            ONE_LINE,
            {"sdists": ["aiohttp", "idna-ssl", "websockets", "yarl", "multidict"]},
            "python_matrix_tests(\n"
            '    name="matrix",\n'
            '    package="httpx>=0.16",\n'
            '    sdists=["aiohttp", "idna-ssl", "websockets", "yarl", "multidict"],\n'
            ")\n",
        ),
        (
            'python_matrix_tests(name="matrix", sdists=["h11"])\n',
            {"known_failures": {"==2.66.*": "unresolvable: " + "long " * 20}},
            "python_matrix_tests(\n"
            '    name="matrix",\n'
            '    sdists=["h11"],\n'
            "    known_failures={\n"
            f'        "==2.66.*": "unresolvable: {"long " * 20}",\n'
            "    },\n"
            ")\n",
        ),
        # Comments stay where they belong.
        (
            LAID_OUT,
            {"requirements": {"*": ["anyio>=3,<5", "pytest-asyncio", "ham"], "<0.24": ["h11"]}},
            LAID_OUT.replace(
                '            "pytest-asyncio",\n',
                '            "pytest-asyncio",\n            "ham",\n',
            ).replace('["anyio<4", "h11"]', '["h11"]'),
        ),
        (
            LAID_OUT,
            {"requirements": {"*": ["anyio>=3,<5"], "<0.24": ["anyio<4", "h11"], "<1": ["eggs"]}},
            LAID_OUT.replace('            "pytest-asyncio",\n', "").replace(
                "# older\n", '# older\n        "<1": ["eggs"],\n'
            ),
        ),
        # In the place of what goes.
        (
            LAID_OUT,
            {"requirements": {"*": ["anyio>=3,<5", "pytest-asyncio"], "<0.23": ["anyio<4", "h11"]}},
            LAID_OUT.replace('"<0.24"', '"<0.23"'),
        ),
        (
            LAID_OUT,
            {"python": {"*": ">=3.8", ">=0.28": ">=3.9"}, "sdists": ["h11"]},
            LAID_OUT.replace('python=">=3.8"', 'python={"*": ">=3.8", ">=0.28": ">=3.9"}').replace(
                "sdists=[]", 'sdists=["h11"]'
            ),
        ),
        (
            LAID_OUT,
            {"known_failures": {"==0.16.*": {"reason": 'says "no"', "python": "==3.8.*"}}},
            LAID_OUT.replace(
                "    sdists=[],\n",
                "    sdists=[],\n"
                '    known_failures={"==0.16.*": {"reason": "says \\"no\\"", "python": "==3.8.*"}},\n',
            ),
        ),
        (
            'python_matrix_tests(package="é>=1")  # é\n',
            {"sdists": ["é"]},
            'python_matrix_tests(package="é>=1", sdists=["é"])  # é\n',
        ),
    ],
)
def test_only_what_changes_is_written_anew(
    text: str, fields: dict[str, Any], expected: str
) -> None:
    stanza = STANZA if "name=" in text else Stanza(STANZA.alias, "httpx", "httpx")
    found = edited(text, stanza, fields)
    assert found == expected
    assert field_values(found, stanza, fields) == fields


@pytest.mark.parametrize(
    "text, told",
    [
        ("python_matrix_tests(name='other')", "no `python_matrix_tests` with the name 'matrix'"),
        (ONE_LINE + ONE_LINE, "2 `python_matrix_tests` with the name 'matrix' are"),
        ("python_matrix_tests(name='matrix', sdists=COMMON)", "its `sdists` is not written out"),
        ("python_matrix_tests(name='matrix', **COMMON)", "its fields are given by `**`"),
        ("python_matrix_tests(name='matrix',", "cannot be read as Python"),
        ("for it in 'ab':\n    integration(it)", "no `python_matrix_tests`"),
    ],
)
def test_nothing_is_guessed(text: str, told: str) -> None:
    with pytest.raises(NotEditable) as error:
        edited(text, STANZA, {"sdists": ["h11"]})
    assert told in str(error.value)


NAMES = st.sampled_from(["anyio<4", "h11", "é", 'a"b', "c\\d", "# no comment", "x, y"])
LISTS = st.lists(NAMES, unique=True, max_size=4)
RULES = st.dictionaries(NAMES, LISTS, max_size=4)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "requirements": RULES,
        "sdists": LISTS,
        "python": NAMES | st.dictionaries(NAMES, NAMES),
    },
)


class Layout:
    """Writes values as people may, the layout of each container drawn."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def written(self, value: Any) -> str:
        if isinstance(value, str):
            return repr(value)
        if isinstance(value, Mapping):
            return self._within("{", [f"{k!r}: {self.written(v)}" for k, v in value.items()], "}")
        return self._within("[", [self.written(each) for each in value], "]")

    def stanza(self, fields: Mapping[str, Any]) -> str:
        arguments = ["name='matrix'", *(f"{k}={self.written(v)}" for k, v in fields.items())]
        return self._within("python_matrix_tests(", arguments, ")") + "\n"

    def _within(self, opening: str, elements: list[str], closing: str) -> str:
        style = self._draw(st.sampled_from(["flat", "flat,", "lines", "comments", "ragged"]))
        if style == "flat" or not elements:
            return f"{opening}{', '.join(elements)}{closing}"
        if style == "flat,":
            return f"{opening}{', '.join(elements)},{closing}"
        if style == "ragged":
            return f"{opening}\n  " + ",\n    ".join(elements) + f"{closing}"
        ending = ",  # , stays\n" if style == "comments" else ",\n"
        return f"{opening}\n" + "".join(f"    {each}{ending}" for each in elements) + closing


def unordered(value: Any) -> Any:
    """The same; the order of a list of requirements means nothing."""
    if isinstance(value, Mapping):
        return {key: unordered(each) for key, each in value.items()}
    return sorted(value) if isinstance(value, list) else value


@given(st.data(), FIELDS, FIELDS)
def test_whatever_the_layout_the_stanza_says_what_it_shall(
    data: st.DataObject, before: dict[str, Any], after: dict[str, Any]
) -> None:
    text = "# first\n" + Layout(data.draw).stanza(before) + "last = 1\n"
    found = edited(text, STANZA, after)
    assert unordered(field_values(found, STANZA, after)) == unordered(after)
    untouched = [field for field in before if field not in after]
    assert field_values(found, STANZA, untouched) == {f: before[f] for f in untouched}
    assert found.startswith("# first\n") and found.endswith("\nlast = 1\n")
