"""A package index and a webhook receiver on loopback, for the watcher to talk to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

_JSON = "application/vnd.pypi.simple.v1+json"
_UPLOADED = "2026-01-02T03:04:05Z"


class Index:
    """The Simple API (PEP 691) of packages that a test fills and changes."""

    def __init__(self, server: HTTPServer) -> None:
        self._server = server
        self._pages: dict[str, bytes] = {}
        self._replies: dict[str, Response] = {}
        self._metadata: dict[tuple[str, str], Response] = {}
        #: Asked for metadata: package and version.
        self.asked: list[tuple[str, str]] = []
        #: Package and status of each answer.
        self.answers: list[tuple[str, int]] = []
        server.expect_request("/simple/").respond_with_handler(self._answer)

    @property
    def url(self) -> str:
        return self._server.url_for("/simple/")

    def publish(self, package: str, *versions: str, yanked: dict[str, str] | None = None) -> None:
        """Have exactly these releases of a package; `yanked` are others, with the reason."""
        self._replies.pop(package, None)
        files = [_file(package, version) for version in versions]
        files += [
            {**_file(package, version), "yanked": why} for version, why in (yanked or {}).items()
        ]
        page = {"meta": {"api-version": "1.1"}, "name": package, "files": files}
        self._pages[package] = json.dumps(page).encode()
        self._serve(package)

    def claim(self, package: str, version: str, *pythons: str) -> None:
        """Have a release say that it supports these Pythons, as PEP 658 offers it."""
        lines = [f"Classifier: Programming Language :: Python :: {python}" for python in pythons]
        body = "\n".join(["Metadata-Version: 2.1", f"Name: {package}", *lines, ""])

        self._metadata[package, version] = Response(body)
        self._offer_metadata(package, version)

    def fail_metadata(self, package: str, version: str) -> None:
        """Have an index that forbids nothing, and breaks when asked what a release claims."""
        self._metadata[package, version] = Response(status=400)
        self._offer_metadata(package, version)

    def _offer_metadata(self, package: str, version: str) -> None:
        def answer(request: Request) -> Response:
            self.asked.append((package, version))
            return self._metadata[package, version]

        path = f"/simple/{package}-{version}-py3-none-any.whl.metadata"
        self._server.expect_request(path).respond_with_handler(answer)
        # It is no PyPI, which has another way.
        self._server.expect_request(f"/pypi/{package}/{version}/json").respond_with_data(status=404)

    def answer_with(self, package: str, status: int, body: str = "", **headers: str) -> None:
        """Say this until something is published again."""
        self._replies[package] = Response(body, status, headers)
        self._serve(package)

    def _serve(self, package: str) -> None:
        self._server.expect_request(f"/simple/{package}/").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        package = request.path.split("/")[2]
        reply = self._replies.get(package) or self._page(package, request)
        self.answers.append((package, reply.status_code))
        return reply

    def _page(self, package: str, request: Request) -> Response:
        body = self._pages[package]
        tag = hashlib.sha256(body).hexdigest()
        if tag in request.if_none_match:
            return Response(status=304, headers={"ETag": f'"{tag}"'})
        return Response(body, headers={"ETag": f'"{tag}"', "Content-Type": _JSON})


class Receiver:
    """A webhook: answers 200, or what the next of `replies` returns."""

    def __init__(self, server: HTTPServer, path: str) -> None:
        self.url = server.url_for(path)
        self.replies: list[Callable[[], Response]] = []
        self.requests: list[Request] = []
        server.expect_request(path, method="POST").respond_with_handler(self._answer)

    @property
    def keys(self) -> list[str]:
        """The events that came, in their order."""
        return [request.headers["Idempotency-Key"] for request in self.requests]

    @property
    def bodies(self) -> list[Any]:
        return [request.json for request in self.requests]

    def _answer(self, request: Request) -> Response:
        request.get_data()
        self.requests.append(request)
        return self.replies.pop(0)() if self.replies else Response("ok")


def _file(package: str, version: str) -> dict[str, Any]:
    name = f"{package}-{version}-py3-none-any.whl"
    return {"filename": name, "url": f"../{name}", "hashes": {}, "upload-time": _UPLOADED}
