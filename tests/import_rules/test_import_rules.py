"""Planted violations, seen by a real Pants with this repository's configuration.

Every violation is an ordinary import in an ordinary file: no BUILD file below says anything about
the rules, so a new service or library cannot forget them.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Dict, Iterator, Tuple

import pytest

from matrix_end_to_end.repository import Repository, with_pants

BACKENDS = ("pants.backend.python", "pants.backend.python.typecheck.mypy", "import_rules")

SOURCES = "python_sources()\n"
TESTS = "python_tests(name='tests')\n"

# A repository of the same shape, in which everything that is imported may be.
REPOSITORY = {
    "3rdparty/python/BUILD": "",
    "libs/shared/tracing/src/tracing/BUILD": SOURCES,
    "libs/shared/tracing/src/tracing/core.py": "",
    "libs/internal/kit/src/kit/BUILD": SOURCES,
    "libs/internal/kit/src/kit/settings.py": "import tracing.core\n",
    "services/users/src/users/BUILD": SOURCES,
    "services/users/src/users/db.py": "import kit.settings\nimport tracing.core\n",
    "services/users/src/users/app.py": "import users.db\n",
    "services/users/infra/BUILD": "files(name='modules', sources=['*.tf'])\n",
    "services/users/infra/main.tf": "",
    "infra/BUILD": (
        "files(name='base', sources=['*.tf'], dependencies=['services/users/infra:modules'])\n"
    ),
    "infra/base.tf": "",
    "tools/cmd/BUILD": SOURCES,
    "tools/cmd/report.py": "import tracing.core\n",
    "tools/cmd/late/BUILD": "target()\n",
    "tests/BUILD": TESTS,
    "tests/test_all.py": "import users.app\nimport report\nimport kit.settings\n",
}

# File with the violation -> its content, and the line that names both ends and the rule.
VIOLATIONS: Dict[str, Tuple[str, str]] = {
    "services/orders/src/orders/app.py": (
        "import users.db\n",
        "services/orders/src/orders/app.py -> services/users/src/users/db.py: "
        "only services/users itself may depend on services/users",
    ),
    "libs/shared/fresh/src/fresh/core.py": (
        "import kit.settings\n",
        "libs/shared/fresh/src/fresh/core.py -> libs/internal/kit/src/kit/settings.py: "
        "only services/* and libs/internal itself may depend on libs/internal",
    ),
    "libs/internal/tasks/src/tasks/queue.py": (
        "import users.app\n",
        "libs/internal/tasks/src/tasks/queue.py -> services/users/src/users/app.py: "
        "only services/users itself may depend on services/users",
    ),
    "services/billing/src/billing/app.py": (
        "import report\n",
        "services/billing/src/billing/app.py -> tools/cmd/report.py: "
        "only tools itself may depend on tools",
    ),
}

# The same, where a BUILD file names the dependency.
STATED = {
    "services/users/infra/extra/BUILD": (
        "target(name='extra', dependencies=['infra:base'])\n",
        "services/users/infra/extra:extra -> infra:base: only infra itself may depend on infra",
    ),
    # Against the order of rooms of a package, which the option below gives.
    "tools/cmd/early/BUILD": (
        "target(name='turned', dependencies=['tools/cmd/late'])\n",
        "tools/cmd/early:turned -> tools/cmd/late:late: early may not use late",
    ),
    "vendored/BUILD": ("target(name='any')\n", "vendored:any: vendored is in no zone"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """With every violation in it. One for all tests: a Pants is slow to start."""
    root = tmp_path_factory.mktemp("repository")
    config = Path("pants.toml").read_text()
    assert '\n  "import_rules",\n' in config, "pants.toml must load the import rules"
    plugin = "tools/pants-plugins/import_rules"
    shutil.copytree(plugin, root / plugin)
    env = {
        "HOME": str(root / "home"),
        "NO_SCIE_WARNING": "1",
        "PANTS_BACKEND_PACKAGES": str(list(BACKENDS)),
        "PANTS_IMPORT_RULES_ROOMS": "{'tools/cmd': {'order': ['early', 'late']}}",
        "PANTS_PYTHONPATH": f"['{root}/tools/pants-plugins']",
        # The configuration may speak of plugins that are not loaded here.
        "PANTS_VERIFY_CONFIG": "false",
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    repository = Repository(root, with_pants(root, env))
    repository.write({"pants.toml": config, **REPOSITORY})
    for path, (content, _) in VIOLATIONS.items():
        # As somebody would add it: with the BUILD file that `tailor` proposes, and no more.
        repository.write({path: content, f"{os.path.dirname(path)}/BUILD": SOURCES})
    repository.write({path: content for path, (content, _) in STATED.items()})
    tests = "services/orders/tests"
    repository.write({f"{tests}/test_app.py": "import orders.app\n", f"{tests}/BUILD": TESTS})
    try:
        yield repository
    finally:
        repository.stop()


def test_lint_lists_every_violation_and_nothing_else(repository: Repository) -> None:
    code, output = repository.pants("lint", "--only=import-rules", "::")
    assert code == 1, output
    expected = [rule for _, rule in (*VIOLATIONS.values(), *STATED.values())]
    for rule in expected:
        assert rule in output
    found = re.findall(r": only .* itself may depend on|is in no zone|may not use", output)
    assert len(found) == len(expected), output


@pytest.mark.parametrize("goal", ["check", "test"])
def test_other_goals_refuse(repository: Repository, goal: str) -> None:
    code, output = repository.pants(goal, "services/orders::")
    assert code == 1, output
    assert VIOLATIONS["services/orders/src/orders/app.py"][1] in output
