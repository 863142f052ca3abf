"""What has another place or another form in another Pants, under one roof."""

from __future__ import annotations

from typing import Any

from pants.backend.python.subsystems.pytest import PythonTestFieldSet
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints

try:
    from pants.core.environments.target_types import (  # type: ignore[import-not-found,unused-ignore]
        EnvironmentTarget,
    )
except ImportError:  # Before 2.28.
    from pants.core.util_rules.environments import (  # type: ignore[no-redef,import-not-found,unused-ignore]
        EnvironmentTarget,
    )


def constraints_of(tests: PythonTestFieldSet, python: PythonSetup) -> InterpreterConstraints:
    """The Pythons that tests may run on; from 2.32 on a resolve may have some of its own."""
    constraints: Any = InterpreterConstraints
    if hasattr(constraints, "create_from_field_sets"):
        found = constraints.create_from_field_sets([tests], python)
    else:
        fields = [tests.interpreter_constraints]
        found = constraints.create_from_compatibility_fields(fields, python)
    assert isinstance(found, InterpreterConstraints)
    return found


__all__ = ("EnvironmentTarget", "constraints_of")
