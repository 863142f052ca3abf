from __future__ import annotations

import pytest

from version_matrix.locking import explain

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
        ("you require httpx[http2]{os_name == 'nt'}<1", "you require httpx[http2]<1"),
        ("what no uv has said yet\n", "what no uv has said yet"),
        # An empty error would be taken for none, and the lock for an empty one.
        ("", "uv failed without a word"),
    ],
)
def test_uv_explains_what_clashes(stderr: str, explained: str) -> None:
    assert explain(stderr) == explained
