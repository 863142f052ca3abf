"""What the resolver will not lock together: found by locking, recorded, and told to the sampler.

The sampler then takes the nearest that goes. So sampling stays pure, and what it knows of the resolver is
written down with what was asked for: of anything else the answer is not known.
"""

from __future__ import annotations

from typing import Callable, Iterable, Sequence

from version_matrix import engine
from version_matrix.generate.requests import Closure, LockRequest
from version_matrix.generate.resolver_words import wants
from version_matrix.generate.wanted_locks import wanted
from version_matrix.stanza import python_names
from version_matrix.stanza.combination import names_of, told
from version_matrix.stanza.policy import VersionMatrix
from version_matrix.stanza.samples_file import Refused, Sample, Unresolvable
from version_matrix.stanza.suite import Suite

Asking = Callable[[Sample, Sequence[str]], LockRequest]
"""How the lock of a sample for some Pythons is asked for."""


def targets(matrix: VersionMatrix) -> tuple[str, ...]:
    """The Pythons of the policy (`3.12`)."""
    return tuple(python_names.minor(python) for python in matrix.target_pythons)


def outdated(
    refused: Iterable[Refused], suite: Suite, matrix: VersionMatrix, closure: Closure
) -> tuple[Refused, ...]:
    """Those of which the answer is not known any more: of other packages, or asked for otherwise."""

    def holds(each: Refused) -> bool:
        if {project for project, _ in each.releases} != set(suite.projects):
            return False
        pythons = (each.python,) if each.python else targets(matrix)
        if not set(pythons) <= set(targets(matrix)):
            return False
        assert suite.project is not None
        sample = Sample(names_of(each.releases, suite.project), "", pythons)
        return each.inputs == wanted(suite, sample, pythons, matrix, closure).inputs.digest

    return tuple(each for each in refused if not holds(each))


async def found(
    suite: Suite, samples: Sequence[Sample], pythons: Sequence[str], ask: Asking
) -> tuple[Refused, ...]:
    """What the resolver refused of some combinations.

    Where one has no lock at all, each other of the policy's `pythons` is asked for, too: else the
    sampler would try them one by one.
    """
    hopeless = [s for s in samples if s.unresolvable and not s.shared_pythons and not s.own_locks]
    others = [(s, python) for s in hopeless for python in pythons if python not in s.pythons]
    requests = [ask(sample, (python,)) for sample, python in others]
    answers = await engine.locked(requests) if requests else ()
    more: dict[str, list[Unresolvable]] = {}
    for (sample, python), request, answer in zip(others, requests, answers):
        if answer.error and answer.clash:
            one = Unresolvable(python, answer.error, request.inputs.digest)
            more.setdefault(sample.version, []).append(one)
    refused: list[Refused] = []
    for sample in samples:
        every = (*sample.unresolvable, *more.get(sample.version, ()))
        releases = tuple(sorted(suite.releases(sample.version).items()))
        name = told(sample.version, str(suite.project))
        reasons = {each.python: f"{name}: {wants(each.reason, dict(releases))}" for each in every}
        if set(reasons) >= set(pythons):
            inputs = ask(sample, tuple(pythons)).inputs.digest
            reason = "; ".join(dict.fromkeys(wants(each.reason, dict(releases)) for each in every))
            refused.append(Refused(releases, None, f"{name}: {reason}", inputs))
            continue
        refused += [
            Refused(releases, each.python, reasons[each.python], each.inputs) for each in every
        ]
    return tuple(refused)
