"""Everything the plugin asks of Pants' engine, as small named coroutines.

In: requests of any room. Out: what the engine answers. Outside of the flow: every room may call it, and
it may import the requests of all. Nothing else of the plugin awaits the engine.

Whatever asks has a twin: Pants 2.17, on Python 3.9, knows `Get` alone, and 2.32 knows no `Get`; every
Pants of 2.27 and later runs on Python 3.11 or later and calls rules by name. A new question is added to
both branches of `if sys.version_info >= (3, 11)`, by the same name and with the same parameters:

- a rule of Pants: import its function from where 2.27 and the newest have it, call it with
  `**implicitly()`;
- a rule of this plugin: a line `_name = named_rule("version_matrix.module.function", Request, Answer)`;
- what only combines such questions stands once, below both branches, and names no `Get`.

`twins_test.py` finds a question without a twin, and a name that is no rule; whether the rules of Pants
are where they are looked for, `benchmarks/pants_versions.py` tells.
"""

from __future__ import annotations

from version_matrix.engine.files import (
    contents,
    digest_of,
    disagreement,
    empty_directory,
    file_names,
    forget,
    merged,
    read_files,
    source_paths,
    sources_of,
    subset,
    without_prefix,
)
from version_matrix.engine.imports import owners_of_imports, parsed_imports
from version_matrix.engine.own_rules import (
    cell_environment,
    cell_process,
    change,
    closures,
    count,
    environment_of,
    installed,
    interpreter,
    locked,
    markers,
    note,
    note_end,
    older_pins,
    programs,
    programs_named,
    python_news,
    pythons,
    removed,
    result_inputs,
    sampled,
    suggested,
    suite_update,
    turn,
    worked_through,
)
from version_matrix.engine.processes import (
    attempt,
    attempt_tool,
    attempt_uv,
    attempts,
    attempts_at_most,
    commit,
    config_files,
    debugged,
    environment,
    in_ci,
    pytest_plugin_setups,
    run_tool,
    run_uv_here,
    succeed,
    tested,
    tool_python,
    venv_pex,
)
from version_matrix.engine.targets import (
    addresses_of,
    closure_of,
    every_stanza,
    modules,
    python_source_paths,
    python_sources,
    selected,
    stanzas,
    target_at,
    targets_at,
)
from version_matrix.engine.test_results import (
    result_of_process,
    result_without_process,
    retold,
    stderr_of,
    stdout_of,
)

__all__ = (
    "addresses_of",
    "attempt",
    "attempt_tool",
    "attempt_uv",
    "attempts",
    "attempts_at_most",
    "cell_environment",
    "cell_process",
    "change",
    "closure_of",
    "closures",
    "commit",
    "config_files",
    "contents",
    "count",
    "debugged",
    "digest_of",
    "disagreement",
    "empty_directory",
    "environment",
    "environment_of",
    "every_stanza",
    "file_names",
    "forget",
    "in_ci",
    "installed",
    "interpreter",
    "locked",
    "markers",
    "merged",
    "modules",
    "note",
    "note_end",
    "older_pins",
    "owners_of_imports",
    "parsed_imports",
    "programs",
    "programs_named",
    "pytest_plugin_setups",
    "python_news",
    "python_source_paths",
    "python_sources",
    "pythons",
    "read_files",
    "removed",
    "result_inputs",
    "result_of_process",
    "result_without_process",
    "retold",
    "run_tool",
    "run_uv_here",
    "sampled",
    "selected",
    "source_paths",
    "sources_of",
    "stanzas",
    "stderr_of",
    "stdout_of",
    "subset",
    "succeed",
    "suggested",
    "suite_update",
    "target_at",
    "targets_at",
    "tested",
    "tool_python",
    "turn",
    "venv_pex",
    "without_prefix",
    "worked_through",
)
