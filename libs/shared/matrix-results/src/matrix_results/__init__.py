"""What the cells of a version matrix did: model, JSON, comparison, support table, one rendering."""

from matrix_results.badge import Badge, badges, matrix_badge, suite_badge
from matrix_results.collect import collect, merge
from matrix_results.compare import Change, Kind, compare
from matrix_results.errors import ResultsError, UnreadableReport, UnreadableResults
from matrix_results.junit import Outcome, read_folders
from matrix_results.locks import PinChange, lock_changes
from matrix_results.model import Cell, Failure, Run, Status, Suite
from matrix_results.plan import KnownFailure, Plan, PlannedCell, PlannedSuite, decode_plan
from matrix_results.report import report_files
from matrix_results.report_file import decode, encode, identity, schema

__all__ = [
    "Badge",
    "Cell",
    "Change",
    "Failure",
    "Kind",
    "KnownFailure",
    "Outcome",
    "PinChange",
    "Plan",
    "PlannedCell",
    "PlannedSuite",
    "ResultsError",
    "Run",
    "Status",
    "Suite",
    "UnreadableReport",
    "UnreadableResults",
    "badges",
    "collect",
    "compare",
    "decode",
    "decode_plan",
    "encode",
    "identity",
    "lock_changes",
    "matrix_badge",
    "merge",
    "read_folders",
    "report_files",
    "schema",
    "suite_badge",
]
