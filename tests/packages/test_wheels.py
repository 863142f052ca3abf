"""What `./pants package` makes of the published libraries, before somebody else finds out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from packages.built_wheel import Wheel, read

# What is published, and the oldest Python that it promises to run on.
PUBLISHED = {
    "trace-baton": ">=3.8",
    "matrix-results": ">=3.9",
    "matrix-updates": ">=3.9",
    "pants-dependency-policy": ">=3.9",
    "pants-hash-locks": ">=3.9",
    "pants-import-rules": ">=3.9",
    "pants-version-matrix": ">=3.9",
    "release-sampler": ">=3.9",
}
# A file that pytest, or Pants' `python_tests`, takes for tests or for their fixtures.
TESTS = re.compile(r"^(test_.*|.*_test|tests|conftest)\.pyi?$")
# The package that a wheel is made from.
SOURCES = {
    "trace-baton": "libs/shared/trace-baton/src/trace_baton",
    "matrix-results": "libs/shared/matrix-results/src/matrix_results",
    "matrix-updates": "libs/shared/matrix-updates/src/matrix_updates",
    "pants-dependency-policy": "tools/pants-plugins/dependency_policy",
    "pants-hash-locks": "tools/pants-plugins/hash_locks",
    "pants-import-rules": "tools/pants-plugins/import_rules",
    "pants-version-matrix": "tools/pants-plugins/version_matrix",
    "release-sampler": "libs/shared/release-sampler/src/release_sampler",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that was packaged."""
    unpacked = tmp_path_factory.mktemp("packages")
    shutil.unpack_archive("published.tar", unpacked, filter="data")
    return unpacked


@pytest.fixture(scope="module")
def wheels(folder: Path) -> dict[str, Wheel]:
    """The wheels, by name; their metadata is valid, or reading them would have failed."""
    return {wheel.name: wheel for wheel in map(read, folder.rglob("*.whl"))}


@pytest.fixture(params=PUBLISHED)
def wheel(request: pytest.FixtureRequest, wheels: dict[str, Wheel]) -> Wheel:
    return wheels[request.param]


def requirements(wheel: Wheel) -> list[Requirement]:
    return wheel.metadata.requires_dist or []


def test_every_published_library_has_a_wheel_and_a_source_archive(
    folder: Path, wheels: dict[str, Wheel]
) -> None:
    assert wheels.keys() == PUBLISHED.keys()
    sources = {canonicalize_name(p.name.rpartition("-")[0]) for p in folder.rglob("*.tar.gz")}
    assert sources == PUBLISHED.keys()


def test_it_says_on_which_pythons_it_runs(wheel: Wheel) -> None:
    assert str(wheel.metadata.requires_python) == PUBLISHED[wheel.name]
    assert wheel.metadata.requires_python is not None
    named = [
        classifier.rpartition(" ")[2]
        for classifier in wheel.metadata.classifiers or []
        if classifier.startswith("Programming Language :: Python :: 3.")
    ]
    assert named
    assert all(map(wheel.metadata.requires_python.contains, named))


def test_it_requires_ranges_from_the_index(wheel: Wheel) -> None:
    """A pin would forbid its users every other release; a URL is refused by PyPI."""
    for requirement in requirements(wheel):
        assert requirement.url is None, requirement
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators & {">=", ">", "~="}, f"{requirement} has no lower bound"
        assert not operators & {"==", "==="}, f"{requirement} is a pin"


def test_what_it_requires_of_ours_is_what_we_publish(
    wheel: Wheel, wheels: dict[str, Wheel]
) -> None:
    for requirement in requirements(wheel):
        other = wheels.get(canonicalize_name(requirement.name))
        if other is not None:
            assert requirement.specifier.contains(other.metadata.version), requirement


def test_its_description_is_the_readme(wheel: Wheel) -> None:
    assert wheel.metadata.description_content_type == "text/markdown"
    assert (wheel.metadata.description or "").startswith("# ")
    assert wheel.metadata.summary


def test_it_carries_its_licence(wheel: Wheel) -> None:
    assert wheel.metadata.license_expression == "Apache-2.0"
    assert wheel.licences == {"LICENSE": Path("LICENSE").read_bytes()}


def test_its_files_are_all_there_are_and_no_more(wheel: Wheel) -> None:
    package = Path(SOURCES[wheel.name])
    root = package.parent
    files = {p.relative_to(root).as_posix(): p for p in package.rglob("*") if p.is_file()}
    assert wheel.files.keys() == files.keys()
    assert all(content == files[name].read_bytes() for name, content in wheel.files.items())
    assert not [path for path in files.values() if TESTS.search(path.name)]


def test_every_entry_point_leads_to_a_module(wheel: Wheel) -> None:
    for group in wheel.entry_points.values():
        for reference in group.values():
            assert wheel.has_module(reference.partition(":")[0]), reference


@pytest.mark.parametrize(
    ("name", "group", "entries"),
    [
        ("matrix-results", "console_scripts", {"matrix-results"}),
        ("matrix-updates", "console_scripts", {"matrix-updates"}),
        ("release-sampler", "console_scripts", {"release-sampler"}),
        ("pants-dependency-policy", "pantsbuild.plugin", {"rules"}),
        ("pants-hash-locks", "pantsbuild.plugin", {"rules"}),
        ("pants-import-rules", "pantsbuild.plugin", {"rules"}),
        ("pants-version-matrix", "pantsbuild.plugin", {"rules", "target_types"}),
    ],
)
def test_entry_points(wheels: dict[str, Wheel], name: str, group: str, entries: set[str]) -> None:
    assert wheels[name].entry_points.keys() == {group}
    assert wheels[name].entry_points[group].keys() == entries


def test_every_extra_of_trace_baton_is_an_integration(wheels: dict[str, Wheel]) -> None:
    """They are imported by name, so that no import says that one is missing."""
    extras = wheels["trace-baton"].metadata.provides_extra or []
    assert len(extras) > 20
    for extra in extras:
        assert wheels["trace-baton"].has_module(f"trace_baton.integrations.{extra}"), extra
