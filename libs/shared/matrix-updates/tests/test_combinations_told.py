"""Suites that vary several packages: what a proposal tells of them."""

import json
from typing import Any, Dict

from matrix_updates.proposal import samples


def files(*combinations: Dict[str, Any]) -> Dict[str, str]:
    own = [{"version": "1.8", "tier": "lowest", "pythons": ["3.8"]}]
    document = {"samples": own, "combinations": list(combinations), "verdicts": {"1.8": "lowest"}}
    return {"samples.json": json.dumps(document)}


def combination(redis: str, *pythons: str, role: str = "all floors") -> Dict[str, Any]:
    return {
        "releases": {"rq": "1.8", "redis": redis, "croniter": "6"},
        "role": role,
        "pythons": list(pythons),
    }


def test_combinations_come_change_and_go() -> None:
    before = samples.read(files(combination("3.5", "3.8"), combination("4.0", "3.8")))
    after = samples.read(
        files(combination("3.5", "3.8", "3.9"), combination("5.0", "3.8", role="all newest"))
    )
    told = [(each.effect, each.version, each.why) for each in samples.changes(before, after)]
    assert told == [
        ("added", "1.8@croniter=6,redis=5.0", "all newest"),
        ("changed", "1.8@croniter=6,redis=3.5", "all floors"),
        ("removed", "1.8@croniter=6,redis=4.0", "others take its place"),
    ]


def test_another_python_of_a_combination_is_another_identity() -> None:
    one, other = (
        {f"a/{name}": text for name, text in files(combination("3.5", *pythons)).items()}
        for pythons in (("3.8",), ("3.8", "3.9"))
    )
    assert samples.identity(one) != samples.identity(other)
