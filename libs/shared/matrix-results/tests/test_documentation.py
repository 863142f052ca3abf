"""The examples in the README say what really happens."""

import doctest
import json
import re
from pathlib import Path

from matrix_results import decode_plan

README = Path(__file__).parents[1] / "README.md"


def test_readme() -> None:
    results = doctest.testfile(str(README), module_relative=False)
    assert (results.failed, results.attempted > 0) == (0, True)


def test_matrix_json_in_the_readme_can_be_read() -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", README.read_text(), re.M | re.S)
    plan = decode_plan(example.encode())
    assert [cell.version for cell in plan.suites[0].cells] == ["0.16.1", "0.19.0"]
    assert json.loads(example)["schema_version"] == 2
