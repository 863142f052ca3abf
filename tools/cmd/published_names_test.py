from __future__ import annotations

import pytest

from published_names import PUBLISHED, main, verdict
from release_sampler import SamplerError


@pytest.mark.parametrize(
    "uploaded, offered, said",
    [
        ((), None, "free"),
        ((), ("1.0.1", "1.0.2"), "taken (1.0.2)"),
        ((), (), "taken (no release)"),
        (("0.1.0",), ("0.1.0",), "ours"),
        (("0.1.0",), ("0.1.0", "0.2.0"), "ours, with 0.2.0 that is not recorded here"),
        (("0.1.0",), ("9.9",), "taken, or robbed of 0.1.0"),
        (("0.1.0",), None, "free, although we uploaded 0.1.0"),
    ],
)
def test_what_a_name_is(
    uploaded: tuple[str, ...], offered: tuple[str, ...] | None, said: str
) -> None:
    assert verdict(uploaded, offered) == said


def test_every_name_is_asked_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], lambda name: PUBLISHED[name] or None) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PUBLISHED) == sorted(PUBLISHED)


def test_one_that_is_taken_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], lambda name: ("1.0",) if name == "trace-baton" else None) == 1
    assert "trace-baton              taken (1.0)\n" in capsys.readouterr().out


def test_an_index_that_cannot_be_asked_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(name: str) -> None:
        raise SamplerError(f"{name}: no route to the index")

    assert main([], refuse) == 2
    assert "no route to the index" in capsys.readouterr().err
