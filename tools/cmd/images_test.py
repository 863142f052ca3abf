"""The commands are run as a person runs them, beside a `docker` that answers from a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import image_lock
import images

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64

LOCK = f"""\
# Why this one.
PYTHON_IMAGE=python:3.12-slim
REDIS_IMAGE=redis:7@{ONE}
"""
DOCKERFILE = """\
ARG PYTHON_IMAGE
FROM --platform=linux/amd64 ${PYTHON_IMAGE} AS build
FROM build
"""
COMPOSE = "services: {redis: {image: '${REDIS_IMAGE:?use --env-file}'}}\n"

# Answers as docker does, and notes what it was asked.
DOCKER = """\
#!/bin/sh
echo "$@" >>"$(dirname "$0")/asked"
case "$*" in
  *" redis:7") echo '{"digest": "DIGEST"}' ;;
  *python*) echo "no such host" >&2; exit 1 ;;
esac
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    write("infra/images.lock", LOCK)
    write("services/board/Dockerfile", DOCKERFILE)
    write("compose.yaml", COMPOSE)


def write(path: str, text: str, mode: int = 0o644) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    Path(path).chmod(mode)


def docker(script: str = DOCKER, digest: str = TWO) -> None:
    write("bin/docker", script.replace("DIGEST", digest), 0o755)


def asked() -> list[str]:
    return Path("bin/asked").read_text().splitlines()


def lock() -> str:
    return Path("infra/images.lock").read_text()


def test_an_image_without_digest_is_reported_and_fails_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert images.main(["check"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "images: 2 in infra/images.lock, 1 not pinned, 0 errors\n"
    assert captured.err == (
        "images: warning: python:3.12-slim (PYTHON_IMAGE) is not pinned. "
        "To pin it, run `./pants run tools/cmd/images.py -- pin PYTHON_IMAGE`.\n"
    )


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("services/board/Dockerfile", "FROM python:3.12\n", "FROM python:3.12 is not an ARG"),
        ("services/board/Dockerfile", "ARG A_IMAGE\nFROM ${A_IMAGE}\n", "A_IMAGE is not in infra/"),
        ("services/board/Dockerfile", "FROM ${PYTHON_IMAGE}\n", "is not an ARG"),
        ("services/board/Dockerfile", "ARG PYTHON_IMAGE=x:1\n", "ARG PYTHON_IMAGE has a default"),
        ("compose.yaml", "services: {db: {image: 'postgres:17'}}\n", "db: image 'postgres:17' is"),
        ("compose.yaml", "services: {db: {build: .}}\n", "db: image '' is not"),
        ("compose.yaml", "services: {\n", "compose.yaml is not a Compose file"),
        ("infra/images.lock", LOCK + "SPARE_IMAGE=spare:1\n", "nothing uses SPARE_IMAGE"),
        ("infra/images.lock", LOCK + "REDIS_IMAGE=redis:8\n", "lock:4: REDIS_IMAGE is there twice"),
        ("infra/images.lock", "REDIS_IMAGE=redis:7@sha256:12\n", "'sha256:12' is no digest"),
        ("infra/images.lock", f"REDIS_IMAGE=redis@{ONE}\n", "expected REPOSITORY:TAG"),
        ("infra/images.lock", "REDIS_IMAGE=redis:latest\n", "`latest` says nothing"),
        ("infra/images.lock", "redis\n", "images.lock:1: expected NAME_IMAGE="),
    ],
)
def test_what_goes_around_the_lock_is_an_error(
    path: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, text)
    assert images.main(["check"]) == 1
    assert message in capsys.readouterr().err


def test_a_lock_that_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("infra/images.lock").unlink()
    assert images.main(["check"]) == 1
    told = capsys.readouterr().err
    assert "there is no infra/images.lock here. Run it in the root of the repository" in told


def test_list_tells_who_uses_an_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert images.main(["list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "PYTHON_IMAGE  unpinned  python:3.12-slim  (services/board/Dockerfile)",
        f"REDIS_IMAGE  pinned  redis:7@{ONE}  (compose.yaml)",
    ]


def test_pin_changes_one_line() -> None:
    docker()
    assert images.main(["pin", "REDIS_IMAGE"]) == 0
    assert lock() == LOCK.replace(ONE, TWO)
    assert asked()[-1] == "buildx imagetools inspect --format={{json .Manifest}} redis:7"


def test_pin_writes_all_or_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    docker()
    assert images.main(["pin", "REDIS_IMAGE", "PYTHON_IMAGE"]) == 1
    assert lock() == LOCK
    assert "no such host" in capsys.readouterr().err
    assert [path.name for path in Path("infra").iterdir()] == ["images.lock"]


@pytest.mark.parametrize("answer", ["sha256:short", '"}', "}{"])
def test_an_answer_without_digest_is_refused(
    answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    docker(digest=answer)
    assert images.main(["pin", "REDIS_IMAGE"]) == 1
    assert "gave no digest for redis:7" in capsys.readouterr().err
    assert lock() == LOCK


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    docker()
    assert images.main(["pin", "NO_IMAGE"]) == 1
    assert "it has PYTHON_IMAGE, REDIS_IMAGE" in capsys.readouterr().err


NO_ENGINE = "#!/bin/sh\necho 'Cannot connect to the Docker daemon at unix:///x' >&2; exit 1\n"
NO_BUILDX = "#!/bin/sh\necho 'docker: unknown command: docker buildx' >&2; exit 1\n"


@pytest.mark.parametrize(
    ("script", "command", "message"),
    [
        (None, ["pin"], "docker is not here"),
        (NO_BUILDX, ["pin"], "Install docker-buildx"),
        (NO_ENGINE, ["build", "board", "--allow-unpinned"], "no Docker engine is running"),
    ],
)
def test_without_docker_it_says_so(
    script: str | None,
    command: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("dist/services.board/board.pex", "")
    if script is None:
        monkeypatch.setenv("PATH", "bin")
    else:
        docker(script)
    assert images.main(command) == 3
    assert message in capsys.readouterr().err
    assert lock() == LOCK


def test_build_sends_docker_the_pex_and_the_pinned_base() -> None:
    docker()
    write("dist/services.board/board.pex", "")
    write("infra/images.lock", LOCK.replace("3.12-slim", f"3.12-slim@{TWO}"))
    assert images.main(["build", "board", "--tag=board:1"]) == 1, "as docker exits"
    assert asked()[-1] == (
        "build --file=services/board/Dockerfile --tag=board:1 "
        f"--build-arg=PYTHON_IMAGE=python:3.12-slim@{TWO} dist/services.board"
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["board"], "python:3.12-slim is not pinned"),
        (["board", "--allow-unpinned"], "Run `./pants package services/board::`"),
        (["bord"], "the services with one: board"),
    ],
)
def test_build_refuses(
    command: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    docker()
    assert images.main(["build", *command]) == 1
    assert message in capsys.readouterr().err
    assert not Path("bin/asked").exists()


DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:".__add__)
LOCKS = st.dictionaries(
    st.from_regex(r"\A[A-Z][A-Z0-9]{0,5}_IMAGE\Z"),
    st.tuples(
        st.from_regex(r"\A[a-z]{1,8}(/[a-z]{1,8}){0,2}:[0-9]{1,3}(-[a-z]{1,5})?\Z"),
        st.none() | DIGESTS,
    ),
    min_size=1,
)


@given(LOCKS, DIGESTS)
def test_pinning_keeps_everything_but_the_digest(
    entries: dict[str, tuple[str, str | None]], digest: str
) -> None:
    text = "".join(
        f"# Why.\n{name}={image_lock.Image(name, *entry).reference}\n"
        for name, entry in entries.items()
    )
    before = image_lock.parse(text)
    name = next(iter(entries))
    after = image_lock.parse(image_lock.pinned(text, {name: digest}))
    assert list(after) == list(before)
    assert after[name] == image_lock.Image(name, before[name].tagged, digest)
    assert {k: v for k, v in after.items() if k != name} == {
        k: v for k, v in before.items() if k != name
    }
