"""Images: lists them, checks that they are pinned, pins them, and builds those of services.

./pants run tools/cmd/images.py -- list
./pants run tools/cmd/images.py -- check
./pants run tools/cmd/images.py -- pin [NAME_IMAGE ...]
./pants package services/SERVICE:: && ./pants run tools/cmd/images.py -- build SERVICE

Exit status: 0; 1 if something is wrong; 2 for a wrong command line; 3 if Docker is not there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import image_lock
from image_lock import LOCK, Image, ImageLockError, Use

COMPOSE = Path("compose.yaml")
TIMEOUT = 120  # Seconds that a registry has to answer.


class CommandError(Exception):
    """Says why nothing was done; `status` is the exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command in the root of the repository; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        text = _read(LOCK)
        images = image_lock.parse(text)
        if options.command == "list":
            return list_images(images)
        if options.command == "check":
            return check(images)
        if options.command == "pin":
            return pin(text, images, options.names)
        return build(images, options.service, options.tag, options.allow_unpinned)
    except (CommandError, ImageLockError) as error:
        print(f"images: {error}", file=sys.stderr)
        return getattr(error, "status", 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="images", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="every image of the lock, and what uses it")
    commands.add_parser("check", help="fail where an image goes around the lock; name the unpinned")
    pin = commands.add_parser("pin", help="look up the digests, and write all of them or none")
    pin.add_argument("names", nargs="*", metavar="NAME_IMAGE", help="by default all")
    build = commands.add_parser("build", help="build the image of a service from its PEX in dist")
    build.add_argument("service", metavar="SERVICE", help="a folder of services")
    build.add_argument("--tag", help="by default SERVICE:latest")
    build.add_argument(
        "--allow-unpinned", action="store_true", help="build on an image without digest"
    )
    return parser


def list_images(images: Mapping[str, Image]) -> int:
    """Prints a line an image: its reference, and the files that use it."""
    uses = read_uses()
    for image in images.values():
        paths = ", ".join(str(use.path) for use in uses if image.name in use.names)
        state = "pinned" if image.digest else "unpinned"
        print(f"{image.name}  {state}  {image.reference}  ({paths or 'unused'})")
    return 0


def check(images: Mapping[str, Image]) -> int:
    """Prints what is wrong and what is not pinned; only the first fails."""
    findings = image_lock.check(images, read_uses())
    for warning in findings.warnings:
        print(f"images: warning: {warning}", file=sys.stderr)
    for error in findings.errors:
        print(f"images: error: {error}", file=sys.stderr)
    unpinned = len(findings.warnings)
    print(f"images: {len(images)} in {LOCK}, {unpinned} not pinned, {len(findings.errors)} errors")
    return 1 if findings.errors else 0


def read_uses() -> tuple[Use, ...]:
    """What the Dockerfiles of services and compose.yaml build on and run."""
    return (
        *(
            image_lock.dockerfile_use(path, _read(path))
            for path in sorted(Path("services").glob("*/Dockerfile"))
        ),
        *([image_lock.compose_use(COMPOSE, _read(COMPOSE))] if COMPOSE.is_file() else []),
    )


def pin(text: str, images: Mapping[str, Image], names: Sequence[str]) -> int:
    """Asks the registry what each tag is now, and writes the lock once all have answered."""
    for name in names:
        _known(images, name)
    _docker("buildx", "version")
    digests: dict[str, str] = {}
    for name in names or images:
        image = images[name]
        print(f"images: looking up {image.tagged} ...", file=sys.stderr)
        digests[name] = look_up(image)
        change = (
            "unchanged" if digests[name] == image.digest else f"was {image.digest or 'unpinned'}"
        )
        print(f"{image.tagged}@{digests[name]}  ({change})")
    _write(LOCK, image_lock.pinned(text, digests))
    return 0


def look_up(image: Image) -> str:
    """The digest of a tag, that of the index where there is an image for each platform.

    https://docs.docker.com/reference/cli/docker/buildx/imagetools/inspect/
    """
    output = _docker("buildx", "imagetools", "inspect", "--format={{json .Manifest}}", image.tagged)
    try:
        digest = json.loads(output)["digest"]
    except (ValueError, TypeError, KeyError):
        digest = None
    if not isinstance(digest, str) or not image_lock.is_digest(digest):
        raise CommandError(f"docker gave no digest for {image.tagged}: {output.strip()[:200]!r}")
    return digest


def build(images: Mapping[str, Image], service: str, tag: str | None, allow_unpinned: bool) -> int:
    """Builds `services/SERVICE/Dockerfile`; only the folder with the PEX is sent to Docker."""
    dockerfile = Path("services", service, "Dockerfile")
    if not dockerfile.is_file():
        known = ", ".join(
            path.parent.name for path in sorted(Path("services").glob("*/Dockerfile"))
        )
        raise CommandError(f"there is no {dockerfile}; the services with one: {known or 'none'}")
    use = image_lock.dockerfile_use(dockerfile, _read(dockerfile))
    bases = [_known(images, name) for name in sorted(use.names)]
    for image in bases:
        if image.digest is None and not allow_unpinned:
            raise CommandError(
                f"{image.tagged} is not pinned. Run `{image_lock.PIN} {image.name}`, or say "
                "--allow-unpinned for an image that nobody deploys."
            )
    pex = Path("dist", f"services.{service}", f"{service}.pex")
    if not pex.is_file():
        raise CommandError(f"there is no {pex}. Run `./pants package services/{service}::`.")
    _docker("version", "--format={{.Server.Version}}")
    return subprocess.run(
        [
            "docker",
            "build",
            f"--file={dockerfile}",
            f"--tag={tag or f'{service}:latest'}",
            *(f"--build-arg={image.name}={image.reference}" for image in bases),
            str(pex.parent),
        ],
        check=False,
    ).returncode


def _known(images: Mapping[str, Image], name: str) -> Image:
    try:
        return images[name]
    except KeyError:
        raise CommandError(f"{name} is not in {LOCK}; it has {', '.join(images)}") from None


def _docker(*arguments: str) -> str:
    """What docker prints; a `CommandError` says what is missing."""
    try:
        result = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except OSError:
        raise CommandError(
            "docker is not here. Install Docker, or run this where it is.", status=3
        ) from None
    except subprocess.TimeoutExpired:
        raise CommandError(f"docker gave no answer in {TIMEOUT} s: {arguments[-1]}") from None
    if result.returncode == 0:
        return result.stdout
    reason = result.stderr.strip() or result.stdout.strip()
    if "Cannot connect to the Docker daemon" in reason:
        raise CommandError(f"no Docker engine is running. Start one. {reason}", status=3)
    if "unknown command" in reason or "is not a docker command" in reason:
        raise CommandError("docker is here without buildx. Install docker-buildx.", status=3)
    raise CommandError(f"docker {' '.join(arguments)}: {reason}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CommandError(
            f"there is no {path} here. Run it in the root of the repository: "
            "`./pants run tools/cmd/images.py -- ...`."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from None


def _write(path: Path, text: str) -> None:
    """Replaces a file whole, or leaves it as it is."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
