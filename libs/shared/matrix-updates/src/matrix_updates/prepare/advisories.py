"""Advisories, by pip-audit as a library. Needs the extra `advisories`, and Python 3.10 for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Optional, Protocol, Tuple

from packaging.version import InvalidVersion, Version

from matrix_updates.proposal.advisories import Pin, Vulnerability
from matrix_updates.text import one_line

_TIMEOUT = 20
# A service that is not there answers the same for every pin.
_MAX_FAILURES = 3
# By their names, as `requests` has them.
_UNREACHED = ("ConnectionError", "ConnectTimeout", "ProxyError", "ReadTimeout", "SSLError")


class Advisories(Protocol):
    """Whoever knows which releases have a vulnerability."""

    def of(self, pins: Iterable[Pin]) -> Dict[Pin, Tuple[Vulnerability, ...]]:
        """The vulnerabilities of each of these pins that has any."""

    def problems(self) -> Tuple[str, ...]:
        """What could not be asked, and why: it is not taken for the absence of advisories."""


@dataclass(frozen=True)
class NoAdvisories:
    """Knows none, and says why; nothing where none were wanted."""

    why: str = ""

    def of(self, pins: Iterable[Pin]) -> Dict[Pin, Tuple[Vulnerability, ...]]:
        return {}

    def problems(self) -> Tuple[str, ...]:
        return (self.why,) if self.why else ()


@dataclass
class AuditedAdvisories:
    """Asks a service of pip-audit, once for each pin."""

    service: Any
    known: Dict[Pin, Tuple[Vulnerability, ...]] = field(default_factory=dict)
    failures: Dict[Pin, str] = field(default_factory=dict)

    def of(self, pins: Iterable[Pin]) -> Dict[Pin, Tuple[Vulnerability, ...]]:
        wanted = sorted(set(pins))
        for pin in wanted:
            if pin not in self.known and len(self.failures) < _MAX_FAILURES:
                self._ask(pin)
        return {pin: self.known[pin] for pin in wanted if self.known.get(pin)}

    def problems(self) -> Tuple[str, ...]:
        if not self.failures:
            return ()
        return (
            "advisories were not read completely, so that their absence means nothing: "
            f"{next(iter(self.failures.values()))}",
        )

    def _ask(self, pin: Pin) -> None:
        from pip_audit._service.interface import ResolvedDependency  # type: ignore[import-untyped]

        try:
            _, results = self.service.query(ResolvedDependency(pin[0], Version(pin[1])))
        except InvalidVersion:
            self.known[pin] = ()
            return
        except Exception as error:  # The network, and whatever a service makes of a strange answer.
            self.failures[pin] = _told(pin, error)
            return
        self.known[pin] = tuple(
            Vulnerability(
                identifier=one_line(str(found.id), 100),
                aliases=tuple(sorted(one_line(str(alias), 100) for alias in found.aliases))[:10],
                fixed_in=tuple(str(version) for version in found.fix_versions)[:20],
                summary=one_line(found.description, 300),
            )
            for found in results
        )


def _told(pin: Pin, error: Exception) -> str:
    """What went wrong: of a service that is not there no more than that, whichever pin it was."""
    kind = type(error).__name__
    if kind in _UNREACHED:
        return f"the service cannot be reached ({kind})"
    return f"{pin[0]} {pin[1]}: {one_line(f'{kind}: {error}', 200)}"


def open_advisories(url: Optional[str]) -> Advisories:
    """The OSV service, or one like it at a URL; or why there is none to ask."""
    try:
        from pip_audit._service.osv import OsvService  # type: ignore[import-untyped]
    except ImportError as error:
        return NoAdvisories(
            f"{error.name} is not installed, so no advisory was asked for: "
            'pip install "matrix-updates[advisories]" on Python 3.10 or later'
        )
    try:
        service = OsvService(timeout=_TIMEOUT, osv_url=url or OsvService.DEFAULT_OSV_URL)
    except TypeError:
        return NoAdvisories(
            "the installed pip-audit is older than 2.10, so no advisory was asked for: "
            'pip install "matrix-updates[advisories]" on Python 3.10 or later'
        )
    return AuditedAdvisories(service)
