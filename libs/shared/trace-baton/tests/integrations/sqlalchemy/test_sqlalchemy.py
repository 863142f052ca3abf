"""sqlalchemy: what a real sqlite gets to see."""

import asyncio
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterator, List, Optional, Tuple

import pytest
import sqlalchemy
from sqlalchemy import Column, Integer, MetaData, Table, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import trace_baton
from baton_testing.contexts import CALLER
from baton_testing.contract import MANY
from baton_testing.faults import broken
from trace_baton.integrations import sqlalchemy as integration

COMMENT = (
    f"/*request_id='order-7',traceparent='{CALLER.traceparent}',"
    "tracestate='rojo%3D00f067aa0ba902b7%2Ccongo%3Dt61rcWkgMzE'*/"
)
HAS_ASYNCIO = not sqlalchemy.__version__.startswith("1.3.")


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    trace_baton.install("sqlalchemy")
    yield
    trace_baton.uninstall()


def recording(engine: Engine) -> List[str]:
    """Return the list to which sqlite adds every statement that it executes on this engine."""
    statements: List[str] = []

    @event.listens_for(engine, "connect")
    def trace(connection: Any, record: object) -> None:
        connection.set_trace_callback(statements.append)

    return statements


def memory(**options: Any) -> Engine:
    return sqlalchemy.create_engine("sqlite://", **options)


def run(engine: Engine, statement: str, **parameters: object) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(statement), parameters).scalar()


def test_a_statement_ends_in_a_comment_that_names_the_context() -> None:
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(CALLER) as context:
        assert run(engine, "SELECT 1") == 1
        assert trace_baton.current() is context
    assert f"SELECT 1 {COMMENT}" in statements


def test_outside_of_any_context_there_is_no_comment() -> None:
    engine = memory()
    statements = recording(engine)
    assert run(engine, "SELECT 1") == 1
    assert "SELECT 1" in statements


def test_nesting() -> None:
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(CALLER):
        with trace_baton.start() as inner:
            run(engine, "SELECT 'inner'")
        run(engine, "SELECT 'outer'")
    inner_statement, outer_statement = (s for s in statements if s.startswith("SELECT '"))
    assert inner.traceparent in inner_statement
    assert CALLER.traceparent in outer_statement


@pytest.mark.parametrize(
    "statement, expected",
    [
        ("SELECT 1;", f"SELECT 1 {COMMENT};"),
        ("SELECT 1 ;\n", f"SELECT 1  {COMMENT};"),
        ("SELECT 1\n", f"SELECT 1 {COMMENT}"),
        ("SELECT /* mine */ 1", "SELECT /* mine */ 1"),
        ("SELECT 1 -- mine", "SELECT 1 -- mine"),
    ],
)
def test_statements_of_the_applications_own(statement: str, expected: str) -> None:
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(CALLER):
        assert run(engine, statement) == 1
    assert expected in statements


@pytest.mark.parametrize(
    ("limit", "attributes"),
    [
        (None, ["request_id", "traceparent", "tracestate"]),
        (len(f" {COMMENT}"), ["request_id", "traceparent", "tracestate"]),
        (len(f" {COMMENT}") - 1, ["request_id", "traceparent"]),
        (75, ["traceparent"]),
        (40, ["request_id"]),
        (10, []),
        (0, []),
    ],
)
def test_a_comment_has_at_most_so_many_bytes(
    limit: Optional[int], attributes: List[str], default_settings: None
) -> None:
    if limit is not None:
        trace_baton.configure(max_sql_comment=limit)
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(CALLER):
        assert run(engine, "SELECT 1") == 1
    (statement,) = [each for each in statements if each.startswith("SELECT 1")]
    assert re.findall(r"(\w+)='", statement) == attributes
    assert len(statement) - len("SELECT 1") <= (1024 if limit is None else limit)
    assert ("/*" in statement) == bool(attributes)


def test_a_tracestate_of_a_stranger_does_not_make_statements_long() -> None:
    state = ",".join(f"k{number}={'/' * 60}" for number in range(30))
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(trace_baton.TraceContext("1" * 32, "2" * 16, tracestate=state)):
        run(engine, "SELECT 1")
    assert max(map(len, statements)) < 1100


def test_nothing_ends_the_comment_early() -> None:
    hostile = trace_baton.TraceContext(
        "1" * 32, "2" * 16, request_id="a/b:c+d=e@f", tracestate="a='*/; DROP TABLE t--"
    )
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(hostile):
        assert run(engine, "SELECT 1") == 1
    assert (
        "SELECT 1 /*request_id='a%2Fb%3Ac%2Bd%3De%40f',"
        f"traceparent='00-{'1' * 32}-{'2' * 16}-00',"
        "tracestate='a%3D%27%2A%2F%3B%20DROP%20TABLE%20t--'*/"
    ) in statements


def test_definitions_many_parameters_and_sessions() -> None:
    engine = memory()
    statements = recording(engine)
    table = Table("numbers", MetaData(), Column("number", Integer))
    with trace_baton.start(CALLER):
        table.create(engine)
        with engine.begin() as connection:
            connection.execute(table.insert(), [{"number": n} for n in range(3)])
        session = Session(bind=engine)
        assert session.query(table.c.number).count() == 3
        session.close()
    for start in ("CREATE TABLE", "INSERT", "SELECT count"):
        found = [s for s in statements if s.strip().startswith(start)]
        assert found and all(s.endswith(COMMENT) for s in found), start


def test_a_compiled_statement_is_commented_anew() -> None:
    engine = memory()
    statements = recording(engine)
    contexts = []
    for number in range(2):
        with trace_baton.start() as context:
            assert run(engine, "SELECT :number", number=number) == number
            contexts.append(context)
    commented = [s for s in statements if "traceparent" in s]
    assert len(commented) == 2
    assert all(context.traceparent in s for context, s in zip(contexts, commented))


class FormatCursor(sqlite3.Cursor):
    """Takes parameters as psycopg2 and mysqlclient do: by Python's own formatting with `%`."""

    def execute(self, operation: str, parameters: Any = ()) -> "FormatCursor":
        return super().execute(operation % (("?",) * len(parameters)), parameters)


class FormatConnection(sqlite3.Connection):
    """A connection that takes parameters in the paramstyle "format" of PEP 249."""

    def cursor(self, *args: Any) -> Any:
        return super().cursor(FormatCursor)


@pytest.mark.parametrize("statement", ["SELECT 5 % :divisor", "SELECT 11 % 6 - 3"])
def test_drivers_that_take_percent_for_a_parameter(statement: str) -> None:
    engine = memory(
        creator=lambda: sqlite3.connect(":memory:", factory=FormatConnection),
        paramstyle="format",
    )
    statements = recording(engine)
    parameters = {"divisor": 3} if ":" in statement else {}
    with trace_baton.start(CALLER):
        assert run(engine, statement, **parameters) == 2
    assert [s for s in statements if s.endswith(COMMENT)]


def test_statements_that_are_executed_without_parameters() -> None:
    class PlainCursor(sqlite3.Cursor):
        """Formats as psycopg2 does: only if parameters are given, be they none."""

        def execute(self, operation: str, *parameters: Any) -> "PlainCursor":
            return super().execute(operation % () if parameters else operation)

    class PlainConnection(sqlite3.Connection):
        def cursor(self, *args: Any) -> Any:
            return super().cursor(PlainCursor)

    engine = memory(
        creator=lambda: sqlite3.connect(":memory:", factory=PlainConnection), paramstyle="pyformat"
    )
    statements = recording(engine)
    with trace_baton.start(CALLER), engine.connect() as connection:
        plain = connection.execution_options(no_parameters=True)
        assert plain.execute(text("SELECT 1")).scalar() == 1
    assert f"SELECT 1 {COMMENT}" in statements


def test_errors_are_sqlalchemys_own() -> None:
    engine = memory()
    with trace_baton.start(CALLER) as context:
        with pytest.raises(OperationalError, match="no such table"):
            run(engine, "SELECT * FROM missing")
        assert trace_baton.current() is context
        assert run(engine, "SELECT 1") == 1


def test_streaming() -> None:
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(CALLER), engine.connect() as connection:
        rows = connection.execution_options(stream_results=True).execute(
            text("SELECT 1 UNION SELECT 2")
        )
        assert [row[0] for row in rows] == [1, 2]
    assert f"SELECT 1 UNION SELECT 2 {COMMENT}" in statements


def test_a_hundred_at_once_never_mix() -> None:
    engine = memory(poolclass=NullPool)
    statements = recording(engine)

    def work(number: int) -> Tuple[int, trace_baton.TraceContext]:
        with trace_baton.start() as context:
            assert run(engine, f"SELECT {number} + 1000") == number + 1000
            return number, context

    with ThreadPoolExecutor(MANY) as pool:
        done = list(pool.map(work, range(MANY)))
    for number, context in done:
        (statement,) = (s for s in statements if s.startswith(f"SELECT {number} +"))
        assert context.traceparent in statement


def test_an_engine_made_before_is_covered_until_uninstalled() -> None:
    trace_baton.uninstall("sqlalchemy")
    engine = memory()
    statements = recording(engine)
    with trace_baton.start(CALLER):
        run(engine, "SELECT 1")
        trace_baton.install("sqlalchemy")
        trace_baton.install("sqlalchemy")
        run(engine, "SELECT 2")
        trace_baton.uninstall("sqlalchemy")
        run(engine, "SELECT 3")
    assert [s for s in statements if s.startswith("SELECT")][-3:] == [
        "SELECT 1",
        f"SELECT 2 {COMMENT}",
        "SELECT 3",
    ]


def test_a_failing_baton_does_not_fail_the_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integration, "current", broken)
    engine = memory()
    statements = recording(engine)
    assert run(engine, "SELECT 1") == 1
    assert "SELECT 1" in statements


if HAS_ASYNCIO:
    from sqlalchemy.ext.asyncio import create_async_engine

    def test_asyncio() -> None:
        async def work(number: int) -> bool:
            # An engine, and so a database in memory, each.
            engine = create_async_engine("sqlite+aiosqlite://")
            executed: List[str] = []

            @event.listens_for(engine.sync_engine, "after_cursor_execute")
            def note(connection: Any, cursor: Any, statement: str, *rest: object) -> None:
                executed.append(statement)

            with trace_baton.start() as context:
                async with engine.connect() as connection:
                    await connection.execute(text(f"SELECT {number}"))
            await engine.dispose()
            (statement,) = (s for s in executed if s.startswith(f"SELECT {number}"))
            return context.traceparent in statement

        async def main() -> List[bool]:
            return list(await asyncio.gather(*map(work, range(20))))

        assert asyncio.run(main()) == [True] * 20
