"""The integrations of a large SDK: 30 packages, how far back each is promised, what that takes; and of
a larger one, 31 more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping

Rules = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Suite:
    """What a `python_matrix_tests` stanza says beside its name."""

    package: str
    requirements: Rules = field(default_factory=dict)
    python: str | None = None

    @property
    def folder(self) -> str:
        """The package's name, without extras and specifier."""
        return self.package.partition(">=")[0].partition("[")[0]

    @property
    def stanza(self) -> str:
        """The text of a BUILD file."""
        fields: dict[str, object] = {"package": self.package}
        rules = {specifier: list(lines) for specifier, lines in self.requirements.items()}
        fields |= {"requirements": rules} if rules else {}
        fields |= {"python": self.python} if self.python else {}
        told = "".join(f"    {name}={value!r},\n" for name, value in fields.items())
        return f'python_matrix_tests(\n    name="matrix",\n{told})\n'


_ASYNC = "pytest-asyncio"

SUITES = (
    Suite("aiohttp>=3.7", {"*": ("pytest-aiohttp", _ASYNC)}),
    Suite(
        "anthropic>=0.16",
        {"*": (_ASYNC, "tokenizers<0.20.4; python_version < '3.9'"), "<0.50": ("httpx<0.28",)},
    ),
    Suite("arq>=0.23", {"*": ("async-timeout", _ASYNC, "fakeredis"), "<=0.23": ("pydantic<2",)}),
    Suite("asyncpg>=0.23", {"*": (_ASYNC,)}),
    Suite("boto3>=1.16", {"*": ("urllib3<2; python_version < '3.9'",)}),
    Suite("celery>=4.4.7", {"*": ("redis", "pytest-forked")}),
    Suite(
        # The first that names Python 3.8.
        "django>=2.2.8",
        {
            "*": ("psycopg2-binary", "pytest-django", "pytest-forked", "channels[daphne]"),
            ">=3.0": (_ASYNC,),
            "<3.3": ("djangorestframework>=3.0,<4.0", "werkzeug<2.1"),
            ">=3.3": ("djangorestframework", "werkzeug"),
            "<3.1": ("pytest-django<4.0", "six"),
        },
    ),
    Suite("dramatiq>=1.9"),
    Suite("elasticsearch>=7.10"),
    # The first with a wheel for any of the Pythons.
    Suite("falcon>=3.0"),
    Suite(
        "fastapi>=0.79",
        {
            "*": (_ASYNC, "python-multipart", "requests", "anyio>=3,<5", "jinja2"),
            "<0.110.1": ("httpx<0.28",),
            ">=0.110.1": ("httpx",),
            "<0.80": ("anyio<4",),
        },
    ),
    Suite(
        "flask>=1.1.4",
        {
            "*": ("flask-login", "werkzeug", "blinker"),
            "<2.0": ("werkzeug<2.1", "markupsafe<2.1", "itsdangerous>=0.24,<2.0", "jinja2<3.1.1"),
        },
    ),
    Suite("grpcio>=1.32", {"*": ("protobuf", "mypy-protobuf", "types-protobuf", _ASYNC)}),
    Suite(
        "httpx>=0.16",
        {
            "*": ("anyio>=3,<5", _ASYNC),
            "<0.24": ("anyio<4",),
            # These want an older pytest, and then a newer Python.
            ">=0.16,<0.17": ("pytest-httpx==0.10.0", "pytest<7"),
            ">=0.19,<0.20": ("pytest-httpx==0.13.0", "pytest<7"),
            ">=0.20,<0.21": ("pytest-httpx==0.14.0", "pytest<7"),
            ">=0.21,<0.23": ("pytest-httpx==0.19.0", "pytest<7"),
            ">=0.25,<0.26": ("pytest-httpx==0.25.0; python_version >= '3.9'",),
            ">=0.28": ("pytest-httpx==0.35.0; python_version >= '3.9'",),
        },
    ),
    # The first with a wheel.
    Suite("huey>=2.5.4"),
    Suite("huggingface-hub>=0.24", {"*": ("responses", "pytest-httpx")}),
    Suite("litellm>=1.77", {"*": (_ASYNC,)}),
    Suite("mcp>=1.15", {"*": (_ASYNC,)}, python=">=3.10"),
    Suite("openai>=1.0", {"*": (_ASYNC, "tiktoken"), "<1.55": ("httpx<0.28",)}),
    # 2.66.0 pins a release of pydantic-evals that the index does not have.
    Suite("pydantic-ai>=1.0,!=2.66.0", {"*": (_ASYNC,)}, python=">=3.10"),
    # The first with a wheel for any of the Pythons.
    Suite("pymongo>=3.10", {"*": ("dnspython",)}),
    Suite(
        "quart>=0.16",
        {
            "*": ("quart-auth", _ASYNC, "pytest-forked"),
            ">=0.19": ("quart-flask-patch", "werkzeug"),
            "<0.19": ("blinker<1.6", "jinja2<3.1", "werkzeug<2.3", "hypercorn<0.15"),
        },
    ),
    Suite(
        "redis>=3.0",
        {
            "*": ("fakeredis!=1.7.4", "pytest<8", _ASYNC),
            ">=4.0,<5.0": ("fakeredis<2.31",),
        },
    ),
    Suite("requests>=2.23", {"*": ("responses",)}),
    Suite("rq>=1.8", {"*": ("fakeredis<2.36",)}),
    Suite(
        "starlette>=0.16",
        {
            "*": (_ASYNC, "python-multipart", "requests", "jinja2"),
            "<0.37.2": ("anyio<4", "httpx<0.28"),
            ">=0.37.2": ("httpx",),
        },
    ),
    Suite(
        "strawberry-graphql[fastapi,flask]>=0.209.5",
        {"*": ("httpx",), "<=0.262.5": ("pydantic<2.11",)},
    ),
    Suite("structlog>=20.1"),
    # 6.0 has a wheel for Windows alone.
    Suite("tornado>=6.1", {"<=6.4.1": ("pytest<8.2",)}),
    # 1.25.0 and 1.25.1 are yanked.
    Suite("urllib3>=1.25.2"),
)

MORE_SUITES = (
    Suite("alembic>=1.8"),
    Suite("ariadne>=0.20", {"*": ("httpx",)}),
    Suite("bottle>=0.13", {"*": ("werkzeug",)}),
    Suite("chalice>=1.28"),
    Suite("click>=8"),
    Suite("clickhouse-driver>=0.2.6"),
    Suite("cohere>=5.4"),
    Suite("google-genai>=1.0"),
    Suite("gql>=3.4", {"*": ("responses",)}),
    Suite("graphene>=3.0", {"*": ("blinker",)}),
    Suite("gunicorn>=20.1"),
    Suite("httpcore>=1.0", {"*": (_ASYNC,)}),
    Suite("hypercorn>=0.14"),
    Suite("jinja2>=3.0"),
    Suite("kombu>=5.2"),
    Suite("langgraph>=0.2"),
    Suite("launchdarkly-server-sdk>=9.8"),
    Suite("loguru>=0.5"),
    Suite("openfeature-sdk>=0.7"),
    Suite("opentelemetry-sdk>=1.20"),
    Suite("paho-mqtt>=2.0"),
    Suite("pika>=1.2"),
    Suite("psycopg>=3.1"),
    Suite("pydantic>=2.0"),
    Suite("pymysql>=1.0"),
    Suite("pyramid>=2.0", {"*": ("werkzeug",)}),
    Suite("sanic>=22.9", {"*": (_ASYNC,)}),
    Suite("sqlalchemy>=1.4.20"),
    # The first with a wheel is 0.55.
    Suite("statsig>=0.55"),
    Suite("typer>=0.9"),
    Suite("websockets>=10", {"*": (_ASYNC,)}),
)
