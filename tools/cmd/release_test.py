"""A release of a wheel in a repository of its own: what is written, tagged and told."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.version import Version

from release import CannotRelease, Wheel, main, next_version, of_tag, run_program, wheels

BUILD = """\
_EXTRAS = {{"index": ["{requirement}"]}}
python_distribution(
    name="dist",
    provides=python_artifact(
        name="{name}",
        version="0.1.0",
        extras_require=_EXTRAS,
    ),
)
"""
CHANGELOG = "# Changelog\n\n## Unreleased\n\n- One thing.\n"


def git(*arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ("git", *identity, *arguments), check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`our-core` and `our-plugin`, which requires the former."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "a")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "a@example.org")
    files = {
        "libs/shared/our-core/BUILD": BUILD.format(name="our-core", requirement="packaging>=20"),
        "libs/shared/our-core/CHANGELOG.md": CHANGELOG,
        "libs/shared/our-core/README.md": "pip install our-core==0.1.0, packaging==0.1.0\n",
        "libs/shared/our-core/src/our_core/__init__.py": '__all__ = ["kept", "gone"]\n',
        "tools/pants-plugins/our_plugin/BUILD": BUILD.format(
            name="our-plugin", requirement="our-core[index]~=0.1.0"
        ),
        "tools/pants-plugins/our_plugin/CHANGELOG.md": CHANGELOG,
        "tools/pants-plugins/our_plugin/use.py": "from our_core import gone\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "-m", "Start")
    return tmp_path


def run(command: Sequence[str]) -> str:
    """As the command's own, with a stand-in for Pants."""
    if command[0] == "./pants":
        return "tools/pants-plugins/our_plugin/use.py\nservices/a/main.py:x\n"
    return run_program(command)


def test_the_first_release_is_of_the_version_as_it_stands(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["our-core"], run) == 0
    out = capsys.readouterr().out
    assert "our-core 0.1.0, after no other\n" in out
    assert "git push --atomic origin main our-core-v0.1.0\n" in out
    assert git("describe", "--exact-match") == "our-core-v0.1.0"
    today = datetime.datetime.now(datetime.timezone.utc).date()
    changelog = (repository / "libs/shared/our-core/CHANGELOG.md").read_text()
    assert changelog == f"# Changelog\n\n## Unreleased\n\n## 0.1.0 ({today})\n\n- One thing.\n"
    assert git("status", "--porcelain") == ""
    assert of_tag("our-core-v0.1.0").address == "libs/shared/our-core:dist"


def test_the_next_one_moves_the_version_and_tells_what_breaks_for_whom(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["our-core"], run) == 0
    folder = repository / "libs/shared/our-core"
    (folder / "CHANGELOG.md").write_text(
        (folder / "CHANGELOG.md")
        .read_text()
        .replace("## Unreleased\n", "## Unreleased\n\n- Two.\n")
    )
    (folder / "src/our_core/__init__.py").write_text('__all__ = ["kept"]\n')
    git("commit", "--quiet", "--all", "-m", "Change")
    capsys.readouterr()
    assert main(["our-core"], run) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "our-core 0.2.0, after our-core-v0.1.0",
        "breaks: gone is no longer public; tools/pants-plugins/our_plugin/use.py",
        "breaks: tools/pants-plugins/our_plugin/BUILD: our-core[index]~=0.1.0 does not admit 0.2.0",
        "dependents: services/a/main.py, tools/pants-plugins/our_plugin/use.py",
    ]
    assert wheels()["our-core"].version == Version("0.2.0")
    assert (folder / "README.md").read_text() == "pip install our-core==0.2.0, packaging==0.1.0\n"
    assert (
        'our-core[index]~=0.1.0"'
        in (repository / "tools/pants-plugins/our_plugin/BUILD").read_text()
    )


def test_a_dry_run_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["our-plugin", "--dry-run"], run) == 0
    assert capsys.readouterr().out.startswith("our-plugin 0.1.0, after no other\n")
    assert (git("status", "--porcelain"), git("tag")) == ("", "")


def test_without_dependents_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """There is no `./pants` here."""
    assert main(["our-core", "--dry-run"]) == 0
    assert "dependents: not known, because ./pants: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("other", {}, "'other' is no wheel of ours: expected one of our-core, our-plugin"),
        ("our-core", {"new": "x"}, "there is something that is not committed"),
    ],
)
def test_what_cannot_be_released(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    changes: dict[str, str],
    told: str,
) -> None:
    for path, text in changes.items():
        (repository / path).write_text(text)
    assert main([name], run) == 1
    assert told in capsys.readouterr().err
    assert git("tag") == ""


def test_nothing_that_users_notice_is_no_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["our-core"], run) == 0
    assert main(["our-core"], run) == 1
    assert "nothing stands under `## Unreleased`" in capsys.readouterr().err
    assert git("tag") == "our-core-v0.1.0"


@pytest.mark.parametrize("tag", ["our-core-v0.2.0", "our-core-v0.1.0", "x", "$(id)-v1"])
def test_a_tag_of_something_else_is_packaged_never(tag: str) -> None:
    """The version is not that which is committed, or the changelog has nothing of it."""
    with pytest.raises(CannotRelease):
        of_tag(tag)


@pytest.mark.parametrize(
    ("part", "version"), [("major", "2.0.0"), ("minor", "1.3.0"), ("patch", "1.2.4")]
)
def test_parts(part: str, version: str) -> None:
    wheel = Wheel("a", Version("1.2.3"), Path())
    assert str(next_version(wheel, ("a-v1.2.3",), part)) == version
