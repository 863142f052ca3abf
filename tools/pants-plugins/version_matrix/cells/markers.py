"""What the Pythons of a matrix say of themselves, so that markers hold as an installer reads them."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Iterable

from pants.engine.process import Process
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from version_matrix import engine
from version_matrix.cells.requests import Markers, MarkersRequest

# https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
_REPORT = dedent("""\
    import json, os, platform, sys

    version = sys.implementation.version
    implementation = ".".join(map(str, version[:3]))
    if version.releaselevel != "final":
        implementation += version.releaselevel[0] + str(version.serial)
    print(json.dumps({
        "implementation_name": sys.implementation.name,
        "implementation_version": implementation,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }))
    """)


@rule(desc="Ask a Python for its markers", level=LogLevel.DEBUG)
async def read_markers(request: MarkersRequest) -> Markers:
    python = request.python
    result = await engine.succeed(
        Process(
            (python.path, "-I", "-S", "-c", f"# {python.fingerprint}\n{_REPORT}"),
            description=f"Ask {python.path} for its markers",
            level=LogLevel.DEBUG,
        )
    )
    return Markers(FrozenDict(json.loads(result.stdout)))


def rules() -> Iterable[Rule | UnionRule]:
    return collect_rules()
