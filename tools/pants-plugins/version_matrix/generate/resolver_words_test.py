from __future__ import annotations

import pytest

from version_matrix.generate.resolver_words import failure, unreadable, wants

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
            "hint: when in-house 2.0 was uploaded is not known, so that it never cools down. Name "
            "in-house in [version-matrix].cooldown_exempt, if nobody else can upload it.",
        ),
        (
            "error: No solution found when resolving dependencies\n"
            "\n"
            "hint: `h11` was filtered by `exclude-newer` to only include packages uploaded before "
            "2023-01-01T00:00:00Z. The latest version satisfying the requirement is v2.0, published "
            "at 2024-01-01T00:00:00Z. Consider removing the setting or updating it to a later date.",
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
        # Which Python is meant is kept where it is said in a word.
        (
            "h11{python_full_version < '3.8'}<1 and h2{python_full_version < '3.8' or os_name == 'nt'}",
            "h11{python_full_version < '3.8'}<1 and h2",
        ),
        ("what no uv has said yet\n", "what no uv has said yet"),
        # An empty error would be taken for none, and the lock for an empty one.
        ("", "uv failed without a word"),
    ],
)
def test_uv_explains_what_clashes(stderr: str, explained: str) -> None:
    assert failure(stderr).reason == explained


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


SPLIT = "error: No solution found when resolving dependencies for split (markers: {})\n"
ON_LINUX = (
    "python_full_version == '3.6.*' and platform_machine == 'x86_64' and sys_platform == 'linux'"
)
ADVICE = (
    "\nhint: While the active Python version is 3.12, the resolution failed for other Python versions "
    "supported by your project. Consider limiting your project's supported Python versions using "
    "`requires-python`.\n"
)
NO_BUILD = (
    "\nhint: Wheels are required for `{}` because building from source is disabled for all packages "
    "(i.e., with `--no-build`)\n"
)
# As uv 0.13.9 wrote it of aiohttp 3.8.0 on Python 3.6, of django 5.0 on 3.9, of newrelic on a Mac.
WHEELLESS = (
    SPLIT.format(ON_LINUX)
    + "  cause: Because idna-ssl{python_full_version < '3.7'}>=1.0.0 has no usable wheels and "
    "aiohttp==3.8.0 depends on idna-ssl{python_full_version < '3.7'}>=1.0, we can conclude that "
    "aiohttp==3.8.0 cannot be used.\n"
    "         And because you require aiohttp==3.8.0, we can conclude that your requirements are "
    "unsatisfiable.\n" + ADVICE + NO_BUILD.format("idna-ssl")
)
TOO_OLD = (
    SPLIT.format(ON_LINUX.replace("3.6", "3.9"))
    + "  cause: Because the requested Python version (>=3.9.18) does not satisfy Python>=3.10 and "
    "django==5.0 depends on Python>=3.10, we can conclude that django==5.0 cannot be used.\n"
    "         And because you require django==5.0, we can conclude that your requirements are "
    "unsatisfiable.\n"
    + ADVICE
    + "\nhint: The `requires-python` value (>=3.9.18) includes Python versions that are not supported "
    "by your dependencies (e.g., django==5.0 only supports >=3.10). Consider using a more "
    "restrictive `requires-python` value (like >=3.10).\n"
)
ON_A_MAC = SPLIT.format(
    ON_LINUX.replace("x86_64", "arm64").replace("linux", "darwin")
) + "  cause: Because newrelic<=5.16.0.145 has no usable wheels and you require newrelic<8, we can " "conclude that your requirements are unsatisfiable.\n" + NO_BUILD.format(
    "newrelic"
)


def test_a_release_without_a_wheel_is_told_with_the_field_that_lets_it_be_built() -> None:
    found = failure(WHEELLESS)
    assert found.clash and found.platform == "linux"
    assert found.wheelless == (("idna-ssl", "1.0.0"),)
    assert found.reason == (
        "no release of idna-ssl that fits has a wheel. To have it built, which runs its code, say "
        '`sdists=["idna-ssl"]`; else leave the Python out (`python`), or raise the floor.'
    )


def test_a_python_that_is_too_old_is_told_with_the_field_that_limits_it() -> None:
    assert failure(TOO_OLD).reason == (
        "django==5.0 needs Python >=3.10: limit the suite by "
        '`python={"*": ">=3.10"}`, or the requirement by a rule'
    )


# As uv 0.13.9 wrote it of a source distribution whose setup.py raises.
UNBUILT = """\
error: Failed to build `ham==1.0`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta:__legacy__.get_requires_for_build_wheel` failed (exit status: 1)

         [stderr]
         Traceback (most recent call last):
           File "/home/me/.cache/uv/builds-v0/.tmpo2ZG/lib/python3.12/site-packages/setuptools/x.py", line 1
         RuntimeError: no compiler here

hint: Build failures usually indicate a problem with the package or the build environment
"""


def test_what_cannot_be_built_is_no_failure_of_the_index() -> None:
    found = failure(UNBUILT)
    assert found.clash and found.derivation == ""
    assert found.reason == (
        "ham==1.0 has no wheel, and cannot be built from source: RuntimeError: no compiler here"
    )
    cut_off = UNBUILT.replace(
        "The build backend returned an error", "Failed to fetch: http://index/"
    )
    assert not failure(cut_off).clash


def test_an_account_of_many_lines_is_told_in_one_and_kept_whole() -> None:
    lines = [
        "error: No solution found when resolving dependencies",
        "  cause: Because spam==1 depends on ham<1 and you require spam==1, we can conclude A.",
        *[f"         And because eggs=={n} depends on ham>1, eggs=={n} is out." for n in range(9)],
        "         And because you require eggs, we can conclude that your requirements are "
        "unsatisfiable.",
        "hint: it cools down",
    ]
    found = failure("\n".join(lines))
    assert found.reason == (
        "no releases agree with all of spam==1, eggs (see `matrix --explain`)\nhint: it cools down"
    )
    assert found.derivation.count("\n") == 11 and "eggs==7 is out" in found.derivation


def test_what_a_release_asks_of_python_is_told_apart() -> None:
    assert failure(TOO_OLD).python == ("django==5.0", ">=3.10")
    assert failure(CLASH).python is None


def test_a_project_that_is_not_there_is_told_so() -> None:
    stderr = (
        "error: No solution found when resolving dependencies\n  cause: Because ham was not found in "
        "the package registry and you require ham, we can conclude that your requirements are "
        "unsatisfiable.\n"
    )
    assert failure(stderr).reason == "ham is not on the index"


def test_the_system_that_has_no_solution_is_told_apart() -> None:
    assert failure(ON_A_MAC).platform == "darwin"


@pytest.mark.parametrize("stderr", [WHEELLESS, TOO_OLD, ON_A_MAC, CLASH])
def test_nothing_is_told_of_options_that_no_suite_has(stderr: str) -> None:
    found = failure(stderr)
    for told in (found.reason, found.derivation):
        assert not {"--no-build", "requires-python", "active Python"} & set(told.split())
        assert "requires-python" not in told and "active Python" not in told
    assert "unsatisfiable" in found.derivation


@pytest.mark.parametrize(
    "reason, told",
    [
        (
            "Because partner<=1.0 depends on helper<2 and example>=3.0.0 depends on helper>=2, we can "
            "conclude that example>=3.0.0 and partner<=1.0 are incompatible.\nAnd because you require "
            "example==3.0.0 and partner==1.0, we can conclude that your requirements are "
            "unsatisfiable.",
            "partner 1.0 wants helper<2; example 3.0.0 wants helper>=2",
        ),
        (
            "Because example[x]==3.0.0 depends on helper>=2 and you require helper<2, we can conclude",
            "example 3.0.0 wants helper>=2; helper<2 is asked for",
        ),
        (
            "Because other==7 depends on helper>=2,<3 and example==3.0.0 depends on other==7, we can",
            "other==7 wants helper>=2,<3; example 3.0.0 wants other==7",
        ),
        (
            "no release of helper\nthat fits has a wheel.",
            "no release of helper that fits has a wheel.",
        ),
    ],
)
def test_what_releases_want_of_one_another(reason: str, told: str) -> None:
    assert wants(reason, {"example": "3.0.0", "partner": "1.0"}) == told
