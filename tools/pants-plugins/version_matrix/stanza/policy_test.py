from __future__ import annotations

import pytest
from pants.testutil.option_util import create_subsystem

from version_matrix.stanza.policy import PolicyError, VersionMatrix


def matrix(*targets: str) -> VersionMatrix:
    return create_subsystem(
        VersionMatrix, target_pythons=list(targets), platforms=["linux-x86_64-glibc2.28"]
    )


def test_targets_of_every_build_are_listed_by_age() -> None:
    targets = ("3.14.2t", "3.14.0", "pypy3.11.13", "3.9.18", "3.10.13")
    assert matrix(*targets).minors == ("3.9", "3.10", "pypy3.11", "3.14", "3.14t")


@pytest.mark.parametrize("target", ["3.1", "3", "", "python", "3.12", "3.99.1"])
def test_what_is_no_python_is_an_error_for_who_asks_for_the_policy_alone(target: str) -> None:
    policy = matrix("3.9.18", target)
    assert policy.minors == ("3.9",)
    with pytest.raises(PolicyError, match=r"target_pythons has .*: expected one of 3\.6, 3\.7"):
        policy.policy()
