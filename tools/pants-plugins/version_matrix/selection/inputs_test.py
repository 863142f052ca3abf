from __future__ import annotations

from version_matrix.selection.inputs import ResultInputs, result_inputs
from version_matrix.selection.targets import CELLS, EVERY_TEST, NATIVE_TESTS


def inputs() -> ResultInputs:
    return result_inputs(
        configuration=["lib/tests/pytest.ini", "pyproject.toml"],
        builds={"BUILD": b"", "lib/BUILD": b"__defaults__({})", "lib/tests/BUILD": b"files()"},
        of_every_test=["pants.toml"],
        of_native_tests=["3rdparty/pytest.lock"],
        of_cells=[],
    )


def test_what_counts_lies_in_the_folder_for_which_it_counts() -> None:
    found = {folder: dict(names) for folder, names in inputs().targets.items()}
    everywhere = found.pop("")
    assert found == {
        "lib": {EVERY_TEST: ("BUILD",)},
        "lib/tests": {EVERY_TEST: ("pytest.ini",)},
    }
    assert everywhere[NATIVE_TESTS] == ("3rdparty/pytest.lock",)
    assert {"pants.toml", "pyproject.toml", ".coveragerc"} <= set(everywhere[EVERY_TEST])
    # Nothing to own, no target.
    assert CELLS not in everywhere


def test_a_test_rests_on_what_is_in_its_folder_and_above() -> None:
    assert inputs().above("lib/tests/x", EVERY_TEST) == ("", "lib", "lib/tests")
    assert inputs().above("lib", EVERY_TEST) == ("", "lib")
    assert inputs().above("library", EVERY_TEST) == ("",)
    assert inputs().above("", EVERY_TEST) == ("",)
    assert inputs().above("lib/tests", NATIVE_TESTS) == ("",)
    assert inputs().above("lib/tests", CELLS) == ()
