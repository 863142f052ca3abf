"""Bad input is refused where it enters, with a message that names it."""

from __future__ import annotations

from typing import Any

import pytest

from release_sampler import Policy, SamplerError, Suite


@pytest.mark.parametrize(
    "package",
    [
        "",
        "httpx>=foo",
        "httpx>=3.6.*",
        "httpx=>1",
        "../etc",
        "httpx @ file:///srv/x",
        "httpx; extra=='a'",
        "httpx>=" + "9" * 5000,
    ],
)
def test_a_malformed_requirement_is_refused(package: str) -> None:
    with pytest.raises(SamplerError) as raised:
        Suite(package)
    message = str(raised.value)
    assert "requirement" in message and "as in" in message or "expected one like" in message
    assert len(message) < 1000 and "\n" not in message


def test_a_requirement_may_have_extras() -> None:
    suite = Suite("HTTPX[http2,socks]>=0.16,<1")
    assert suite.name == "httpx" and len(suite.specifiers) == 2


@pytest.mark.parametrize("python", [{"*": ">=three"}, {">=one": ">=3.8"}, {"*": ">=3.8.*"}])
def test_a_bad_specifier_on_python_is_refused(python: dict[str, str]) -> None:
    with pytest.raises(SamplerError, match="python of thing: not a PEP 440 specifier"):
        Suite("thing", python)


@pytest.mark.parametrize("samples", [0, -1, True, 2.5, "5"])
def test_a_bad_number_of_samples_is_refused(samples: int) -> None:
    with pytest.raises(SamplerError, match="samples=.*at least 1"):
        Suite("thing", samples=samples)
    with pytest.raises(SamplerError, match="samples=.*at least 1"):
        Policy(("3.8",), samples=samples)


def test_a_policy_needs_known_pythons() -> None:
    with pytest.raises(SamplerError, match="no target Pythons"):
        Policy(())
    with pytest.raises(SamplerError, match="unknown Python '3.12t'"):
        Policy(("3.12t",))


@pytest.mark.parametrize("field", ["cooldown_days", "prerelease_days", "max_majors"])
def test_a_policy_refuses_negative_numbers(field: str) -> None:
    with pytest.raises(SamplerError, match=f"{field}=-1"):
        changed: dict[str, Any] = {field: -1}
        Policy(("3.8",), **changed)


def test_target_pythons_are_sorted_by_age() -> None:
    assert Policy(("3.10.13", "3.9.18", "3.9")).minors == ("3.9", "3.10")
