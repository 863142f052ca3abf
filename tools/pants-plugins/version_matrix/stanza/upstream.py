"""The unreleased source of a suite's package: what a stanza may name, and how a lock requires it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from packaging.requirements import Requirement

from version_matrix.stanza.conditions import SuiteError
from version_matrix.stanza.suite import Suite

# What a resolver can take a project from, and can name a hash of.
_ARCHIVES = (".tar.gz", ".tgz", ".zip")


def parse_upstream(url: str | None) -> str | None:
    """The field `upstream`: the URL of an archive, or nothing. Raises `SuiteError`."""
    if url is None:
        return None
    expected = f"expected the URL of an archive ({', '.join(_ARCHIVES)}), such as that of a branch"
    try:
        parts = urlsplit(url)
        secret = parts.username is not None or parts.password is not None
    except ValueError:
        raise SuiteError(f"{url!r} is no URL: {expected}") from None
    if secret:
        # It would stand in whatever is told of it.
        raise SuiteError(f"upstream holds credentials: {expected} that everybody may read")
    if parts.scheme not in ("https", "http", "file") or not (
        parts.netloc or parts.scheme == "file"
    ):
        raise SuiteError(f"{url!r}: {expected}, by https")
    if not parts.path.endswith(_ARCHIVES) or parts.query or parts.fragment:
        raise SuiteError(f"{url!r}: {expected}")
    if not url.isascii() or not url.isprintable() or any(each in url for each in " ;\\\"'<>$"):
        raise SuiteError(f"{url!r} has characters that no such URL has: write them as %XX")
    return url


def check_upstream(suite: Suite) -> None:
    """Raises `SuiteError` if a suite without a package names where that comes from."""
    if suite.upstream and suite.package is None:
        raise SuiteError(
            "upstream is about a package, and the suite has none: it tests a library against its own "
            "requirements"
        )


def required(suite: Suite) -> str:
    """The requirement that takes the package from its upstream, extras kept."""
    assert suite.package is not None and suite.upstream is not None
    package = Requirement(suite.package)
    extras = f"[{','.join(sorted(package.extras))}]" if package.extras else ""
    return f"{package.name}{extras} @ {suite.upstream}"
