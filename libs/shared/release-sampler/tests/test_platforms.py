"""Platforms of a policy, and the releases that can be installed on them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import mac_platforms

from release_sampler import Policy, Release, SamplerError, Sampling
from release_sampler.basis.model import FileGroup
from release_sampler.basis.platforms import DEFAULT_PLATFORMS, oldest_tags, parse_platform
from release_sampler.documents.snapshot import read_snapshot, write_snapshot
from release_sampler.index.pages import IndexFile
from release_sampler.index.releases import group_by_version, make_release
from sampler_makers import LONG_AGO, chosen, policy, pythons_of, release, run, snapshot

LINUX, MAC = DEFAULT_PLATFORMS


@pytest.mark.parametrize(
    "name", [*DEFAULT_PLATFORMS, "linux-aarch64-musl1.2", "macos-x86_64-10.15"]
)
def test_a_name_comes_out_as_it_went_in(name: str) -> None:
    assert str(parse_platform(name)) == name


@pytest.mark.parametrize(
    "name",
    ["", "linux", "linux-x86_64", "linux-x86_64-glibc", "linux-x86-glibc2.28", "win-amd64-10.0"]
    + ["macos-arm64-glibc2.28", "linux-x86_64-glibc2.28 ", "manylinux_2_28_x86_64"],
)
def test_another_name_is_refused_with_the_choices(name: str) -> None:
    with pytest.raises(SamplerError, match="unknown platform .*linux-x86_64-glibc2.28.*arm64"):
        Policy(("3.12",), platforms=(name,))


def test_a_policy_has_platforms_each_once() -> None:
    with pytest.raises(SamplerError, match="no platforms: give at least one"):
        Policy(("3.12",), platforms=())
    with pytest.raises(SamplerError, match="expected each once"):
        Policy(("3.12",), platforms=(LINUX, LINUX))


@pytest.mark.parametrize(
    ("platform", "tag", "expected"),
    [
        (LINUX, "any", True),
        (LINUX, "linux_x86_64", True),
        (LINUX, "manylinux1_x86_64", True),
        (LINUX, "manylinux2014_x86_64", True),
        (LINUX, "manylinux_2_28_x86_64", True),
        (LINUX, "manylinux_2_29_x86_64", False),
        (LINUX, "manylinux_3_0_x86_64", False),
        (LINUX, "manylinux2014_aarch64", False),
        (LINUX, "linux_armv7l", False),
        (LINUX, "musllinux_1_1_x86_64", False),
        (LINUX, "macosx_11_0_arm64", False),
        (LINUX, "win_amd64", False),
        ("linux-x86_64-glibc2.5", "manylinux2010_x86_64", False),
        ("linux-aarch64-musl1.2", "musllinux_1_1_aarch64", True),
        ("linux-aarch64-musl1.2", "musllinux_1_3_aarch64", False),
        ("linux-aarch64-musl1.2", "manylinux2014_aarch64", False),
        (MAC, "macosx_11_0_arm64", True),
        (MAC, "macosx_10_9_universal2", True),
        (MAC, "macosx_10_9_x86_64", False),
        (MAC, "macosx_15_0_arm64", False),
        (MAC, "manylinux2014_aarch64", False),
        ("macos-x86_64-13.0", "macosx_10_9_intel", True),
    ],
)
def test_what_can_be_installed_on_a_platform(platform: str, tag: str, expected: bool) -> None:
    assert parse_platform(platform).accepts(tag) is expected


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ("", ""),
        ("win32 win_amd64 ios_13_0_arm64_iphoneos", ""),
        ("any manylinux1_x86_64", "any"),
        ("manylinux_2_17_x86_64 manylinux2014_x86_64", "manylinux_2_17_x86_64"),
        ("manylinux1_x86_64 manylinux_2_28_x86_64", "manylinux_2_5_x86_64"),
        ("manylinux_2_28_x86_64 musllinux_1_2_x86_64 manylinux_2_17_aarch64",)
        + ("manylinux_2_17_aarch64 manylinux_2_28_x86_64 musllinux_1_2_x86_64",),
        ("macosx_11_0_arm64 macosx_10_15_arm64 linux_armv7l", "macosx_11_0_arm64"),
        ("linux_x86_64 manylinux_2_17_s390x linux_i686 win_x86_64", "linux_x86_64"),
    ],
)
def test_of_tags_the_oldest_are_kept(tags: str, kept: str) -> None:
    assert oldest_tags(tags.split()) == tuple(kept.split())


_TAGS = [
    *(f"manylinux_2_{minor}_{machine}" for minor in (5, 17, 28) for machine in ("x86_64", "i686")),
    *("manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_aarch64", "linux_x86_64"),
    *("musllinux_1_1_x86_64", "musllinux_1_2_x86_64", "win_amd64", "macosx_10_9_intel"),
    *(
        f"macosx_{version}_{arch}"
        for version in ("10_9", "11_0", "11_1", "15_0")
        for arch in ("arm64",)
    ),
    *("macosx_10_9_universal2", "macosx_12_0_universal2", "macosx_10_9_x86_64"),
]
_PLATFORMS = [
    *("linux-x86_64-glibc2.5", "linux-x86_64-glibc2.17", LINUX, "linux-x86_64-musl1.1"),
    *("linux-aarch64-glibc2.31", MAC, "macos-x86_64-11.0", "macos-arm64-15.1"),
]


@given(st.lists(st.sampled_from(_TAGS), max_size=8), st.sampled_from(_PLATFORMS))
def test_the_oldest_tags_are_accepted_where_all_together_are(tags: list[str], name: str) -> None:
    platform = parse_platform(name)
    together = any(platform.accepts(tag) for tag in tags)
    assert any(platform.accepts(tag) for tag in oldest_tags(tags)) is together
    if platform.system == "macos":
        known = set(mac_platforms(platform.version, platform.machine))
        assert together is bool(known & set(tags))


def listed(*files: str, version: str = "1.0") -> Release:
    """A release as the index lists it: file names without the project, `name ; requires-python`."""
    made = (file.partition(";") for file in files)
    return make_release(
        version,
        [
            IndexFile(
                "https://index.example/simple/",
                f"thing-{version}{name.strip()}",
                version,
                "",
                limit.strip() or None,
                LONG_AGO,
            )
            for name, _, limit in made
        ],
    )


def many(python: str, platform: str) -> str:
    return f"-{python}-{python}-{platform}.whl"


class TestRecord:
    """What the snapshot tells of files: no more than must be."""

    @pytest.mark.parametrize(
        "files",
        [
            ("-py3-none-any.whl", ".tar.gz"),
            ("-py3-none-any.whl ; >=3.8", ".tar.gz ; >=3.8"),
            # One wheel for all: where the others go does not matter.
            ("-py3-none-any.whl", many("cp312", "manylinux2014_x86_64"), many("cp312", "win32")),
            ("-py37-none-any.whl", "-cp38-abi3-any.whl"),
            (".tar.gz",),
            (many("cp312", "win32"), ".tar.gz"),
        ],
    )
    def test_alike_files_are_told_as_ever(self, files: tuple[str, ...]) -> None:
        assert listed(*files).groups == ()

    def test_platforms_are_told_in_few_words(self) -> None:
        pythons, systems = ("cp311", "cp312"), (
            "manylinux2014_x86_64",
            "macosx_11_0_arm64",
            "win32",
        )
        made = listed(".tar.gz", *(many(p, s) for p in pythons for s in systems))
        assert made.files == ("sdist", "wheel-cp311", "wheel-cp312", "wheel-macos", "wheel-windows")
        assert made.groups == (
            FileGroup(
                ("wheel-cp311", "wheel-cp312"), ("macosx_11_0_arm64", "manylinux_2_17_x86_64")
            ),
        )
        line = write_snapshot(snapshot([made]))
        assert json.loads(line)["groups"] == [
            {
                "kinds": ["wheel-cp311", "wheel-cp312"],
                "platforms": ["macosx_11_0_arm64", "manylinux_2_17_x86_64"],
            },
        ]
        assert read_snapshot(line, "thing") == snapshot([made])

    def test_what_files_require_is_told_where_they_differ(self) -> None:
        made = listed("-cp38-cp38-any.whl ; ==3.8.*", "-cp39-cp39-any.whl ; ==3.9.*", ".tar.gz")
        assert made.requires_python == "==3.8.*"
        line = write_snapshot(snapshot([made]))
        assert json.loads(line)["groups"] == [
            {"kinds": ["sdist"], "requires_python": ""},
            {"kinds": ["wheel-cp38"]},
            {"kinds": ["wheel-cp39"], "requires_python": "==3.9.*"},
        ]
        assert read_snapshot(line, "thing") == snapshot([made])

    @pytest.mark.parametrize(
        ("groups", "complaint"),
        [
            ("{}", "groups: expected a list"),
            ("[3]", "groups: expected a list"),
            ('[{"colour": 1}]', "groups: unknown field 'colour'"),
            ('[{"kinds": "wheel"}]', "kinds: expected a list of texts"),
            ('[{"platforms": [1]}]', "platforms: expected a list of texts"),
            ('[{"requires_python": ">=three"}]', "not a PEP 440 specifier"),
        ],
    )
    def test_damaged_groups_are_refused(self, groups: str, complaint: str) -> None:
        with pytest.raises(ValueError, match=f"line 1: {complaint}"):
            read_snapshot(f'{{"version":"1.0","files":[],"groups":{groups}}}', "thing")

    @given(
        st.lists(
            st.builds(
                "-{}-{}.whl ; {}".format,
                st.sampled_from(["py3-none", "py39-none", "cp38-cp38", "cp39-cp39", "cp38-abi3"]),
                st.sampled_from(["any", *_TAGS]),
                st.sampled_from(["", ">=3.8", ">=3.9", "<3.9"]),
            )
            | st.sampled_from([".tar.gz", ".tar.gz ; >=3.9"]),
            min_size=1,
            max_size=8,
            unique=True,
        )
    )
    def test_a_snapshot_tells_as_much_as_the_files_do(self, files: list[str]) -> None:
        """Where a release can be installed is the same, asked file by file or of the snapshot."""
        made = listed(*files)
        read = read_snapshot(write_snapshot(snapshot([made])), "thing")
        assert read == snapshot([made])
        for name in _PLATFORMS:
            for minor in ("3.8", "3.9", "3.13"):
                rules = Policy((minor,), platforms=(name,))
                alone = [_samples([replace(listed(file), version="1.0")], rules) for file in files]
                assert _samples(read.releases, rules) is any(alone)


def _samples(releases: object, rules: Policy) -> bool:
    try:
        return bool(run(releases, rules=rules).samples)  # type: ignore[arg-type]
    except SamplerError:
        return False


class TestCandidates:
    """Whether a release can be installed is a matter of the first platform."""

    @pytest.mark.parametrize(
        ("platform", "why"),
        [
            ("musllinux_1_2_x86_64", "musllinux_1_2_x86_64"),
            ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
            ("manylinux2014_s390x", "other"),
            ("manylinux_2_34_x86_64", "manylinux_2_34_x86_64"),
        ],
    )
    def test_a_release_that_cannot_be_installed_here_takes_no_slot(
        self, platform: str, why: str
    ) -> None:
        good = listed(many("cp312", "manylinux2014_x86_64"))
        bad = listed(many("cp312", platform), version="2.0")
        sampling = run([good, bad])
        assert chosen(sampling) == {"1.0": "lowest"}
        assert sampling.verdicts["2.0"] == (
            f"no installable file (files: wheel-cp312, of which for Linux: {why})"
        )
        rules = replace(policy(), platforms=("linux-x86_64-musl1.2", MAC))
        if "musl" in platform:
            assert chosen(run([good, bad], rules=rules)) == {"2.0": "lowest"}

    def test_a_wheel_for_one_python_only_counts_where_it_goes(self) -> None:
        made = listed(many("cp311", "manylinux2014_x86_64"), many("cp312", "manylinux_2_39_x86_64"))
        assert pythons_of(run([made])) == {"1.0": ("3.11",)}
        assert run([made]).uncovered["3.12"] == "no wheel for Python 3.12"

    def test_a_free_threaded_wheel_is_no_wheel(self) -> None:
        made = listed(
            many("cp312", "manylinux2014_x86_64"), "-cp313-cp313t-manylinux2014_x86_64.whl"
        )
        assert pythons_of(run([made])) == {"1.0": ("3.12",)}

    def test_requires_python_counts_file_by_file(self) -> None:
        """One wheel a Python, each with its own: elsewhere the first spoke for all."""
        files = [f"-cp3{n}-cp3{n}-any.whl ; ==3.{n}.*" for n in (8, 9, 10)]
        sampling = run([replace(listed(*files), pythons=("3.8", "3.9", "3.10"))])
        assert pythons_of(sampling) == {"1.0": ("3.8", "3.9", "3.10")}
        wrong = listed("-cp38-cp38-any.whl ; >=3.9", "-cp37-cp37-any.whl ; <3.8")
        assert run([wrong, "2.0"]).verdicts["1.0"].startswith("no Python (files: wheel-cp37, wheel")
        none = listed("-py3-none-any.whl ; <3", "-cp37-cp37-any.whl ; <3.8")
        assert run([none, "2.0"]).verdicts["1.0"] == "no Python (Requires-Python <3 or <3.8)"

    def test_a_wheel_without_a_limit_has_none(self) -> None:
        made = listed("-cp38-cp38-any.whl ; <3.9", "-cp39-cp39-any.whl")
        assert pythons_of(run([made])) == {"1.0": ("3.8", "3.9")}


def missing(sampling: Sampling) -> dict[str, object]:
    return {sample.version: dict(sample.not_on) for sample in sampling.samples if sample.not_on}


class TestElsewhere:
    """Where a release has no file for another platform of the policy, it is told."""

    def test_it_is_told_with_the_pythons(self) -> None:
        linux = [many(python, "manylinux2014_x86_64") for python in ("cp311", "cp312")]
        mac = [*linux, many("cp312", "macosx_11_0_arm64")]
        sampling = run([listed(*linux), listed(*mac, version="2.0")])
        assert missing(sampling) == {"1.0": {MAC: ("3.11", "3.12")}, "2.0": {MAC: ("3.11",)}}

    def test_a_sdist_that_may_be_built_goes_everywhere(self) -> None:
        made = listed(many("cp312", "manylinux2014_x86_64"), ".tar.gz")
        assert missing(run([made])) == {"1.0": {MAC: ("3.12",)}}
        assert missing(run([made], sdists=frozenset({"thing"}))) == {}

    def test_what_a_snapshot_of_before_does_not_tell_is_no_complaint(self) -> None:
        assert missing(run([release("1.0", files=("wheel-cp312",))])) == {}

    def test_only_platforms_of_the_policy_count(self) -> None:
        made = listed(many("cp312", "manylinux2014_x86_64"))
        assert missing(run([made], rules=replace(policy(), platforms=(LINUX,)))) == {}


def test_versions_keep_their_files_apart() -> None:
    files = [
        IndexFile("https://index.example/simple/", f"thing-{v}-py3-none-any.whl", v, "")
        for v in ("1.0", "1.1")
    ]
    assert set(group_by_version(files)) == {"1.0", "1.1"}
