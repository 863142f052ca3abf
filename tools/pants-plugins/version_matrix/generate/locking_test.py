from __future__ import annotations

import pytest

from version_matrix.generate.locking import explain, unreadable

# Left of each arrow is what uv 0.13.8 wrote.
CLASH = """\
error: No solution found when resolving dependencies
  cause: Because httpx[http2]==0.28.1 depends on h2>=3,<5 and you require \
h2{python_full_version < '3.10' or python_full_version == '3.12.*'}<3, we can conclude that your \
requirements and httpx[http2]==0.28.1 are incompatible.
         And because you require httpx[http2]==0.28.1, we can conclude that your requirements are \
unsatisfiable.
"""
CLASH_EXPLAINED = """\
No solution found when resolving dependencies
Because httpx[http2]==0.28.1 depends on h2>=3,<5 and you require h2<3, we can conclude that your \
requirements and httpx[http2]==0.28.1 are incompatible.
And because you require httpx[http2]==0.28.1, we can conclude that your requirements are \
unsatisfiable."""


@pytest.mark.parametrize(
    "stderr, explained",
    [
        (CLASH, CLASH_EXPLAINED),
        (f"warning: the cache is slow\n\n{CLASH}", CLASH_EXPLAINED),
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because there are no versions of httpx and you require httpx, we can conclude "
            "that your requirements are unsatisfiable.\n"
            "\n"
            "hint: `httpx` was filtered by `exclude-newer` to only include packages uploaded before "
            "2000-01-01T00:00:00Z.\n",
            "No solution found when resolving dependencies\n"
            "Because there are no versions of httpx and you require httpx, we can conclude that "
            "your requirements are unsatisfiable.\n"
            "hint: `httpx` was filtered by `exclude-newer` to only include packages uploaded before "
            "2000-01-01T00:00:00Z.",
        ),
        # uv's options are told as this plugin's.
        (
            "error: No solution found when resolving dependencies\n"
            "\n"
            "hint: `in-house` was filtered by `exclude-newer` to only include packages uploaded "
            "before 2025-01-01T00:00:00Z. The latest version satisfying the requirement is v2.0. "
            "Consider using `exclude-newer-package` to override the cutoff for this package.\n",
            "No solution found when resolving dependencies\n"
            "hint: when in-house 2.0 was uploaded is not known, so that it never cools down. Name "
            "in-house in [version-matrix].cooldown_exempt.",
        ),
        (
            "error: No solution found when resolving dependencies\n"
            "\n"
            "hint: `h11` was filtered by `exclude-newer` to only include packages uploaded before "
            "2023-01-01T00:00:00Z. The latest version satisfying the requirement is v2.0, published "
            "at 2024-01-01T00:00:00Z. Consider removing the setting or updating it to a later date.",
            "No solution found when resolving dependencies\n"
            "hint: h11 2.0 was uploaded after 2023-01-01T00:00:00Z, and cools down. Wait, or name "
            "h11 in [version-matrix].cooldown_exempt.",
        ),
        # How often and how long it tried differs each time.
        (
            "error: Request failed after 3 retries in 9.7s\n"
            "  cause: Failed to fetch: http://index/simple/h11/\n"
            "  cause: HTTP status server error (500 Internal Server Error)\n",
            "Failed to fetch: http://index/simple/h11/\n"
            "HTTP status server error (500 Internal Server Error)",
        ),
        (
            "error: Request failed after 1 retry in 1.1s\n  cause: Failed to fetch\n",
            "Failed to fetch",
        ),
        (
            "error: Request failed after 3 retries in 9.7s\n",
            "Request failed after 3 retries in 9.7s",
        ),
        ("you require httpx[http2]{os_name == 'nt'}<1", "you require httpx[http2]<1"),
        ("what no uv has said yet\n", "what no uv has said yet"),
        # An empty error would be taken for none, and the lock for an empty one.
        ("", "uv failed without a word"),
    ],
)
def test_uv_explains_what_clashes(stderr: str, explained: str) -> None:
    assert explain(stderr) == explained


def test_uv_warns_of_what_it_could_not_read() -> None:
    stderr = """\
WARN Range requests not supported for `other-3.0-py3-none-any.whl`; streaming wheel
WARN `h11==3.0` has an invalid package format: Failed to read from zip file
WARN h11 has an invalid package format: Failed to read from zip file
WARN `in-house==1!2.0` has invalid metadata: Metadata field Name not found
"""
    assert unreadable(stderr) == {
        ("h11", "3.0"): "an invalid package format: Failed to read from zip file",
        ("in-house", "1!2.0"): "invalid metadata: Metadata field Name not found",
    }
