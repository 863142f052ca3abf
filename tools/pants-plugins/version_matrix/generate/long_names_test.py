from __future__ import annotations

import pytest

from version_matrix.generate.long_names import too_long
from version_matrix.stanza.samples_file import Sample
from version_matrix.stanza.suite import Suite

AXES = tuple(
    f"opentelemetry-instrumentation-{name}" for name in ("asgi", "wsgi", "django", "flask")
)


@pytest.mark.parametrize("axes, told", [(AXES[:1], False), (AXES, True)])
def test_a_result_has_a_name_that_file_systems_take(axes: "tuple[str, ...]", told: bool) -> None:
    suite = Suite(f"//{'deep/' * 12}down:matrix", "", "opentelemetry-api", axes=axes)
    version = f"1.30.0@{','.join(f'{axis}=0.51b0' for axis in sorted(axes))}"
    why = too_long(suite, [Sample(version, "latest", ("3.9", "3.12"))])
    assert (why is not None) is told
    assert why is None or "characters, and file systems take 255: name fewer packages" in why


def test_of_one_package_nothing_is_said() -> None:
    assert too_long(Suite("a" * 300, "", "httpx"), [Sample("1", "latest", ("3.9",))]) is None
