"""The targets that own what results rest on, and what is gone: no BUILD file names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from pants.base.build_root import BuildRoot
from pants.engine.internals.session import RunId
from pants.engine.internals.synthetic_targets import SyntheticAddressMaps, SyntheticTargetsRequest
from pants.engine.internals.target_adaptor import TargetAdaptor
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel
from pants.vcs.changed import Changed

from version_matrix import engine
from version_matrix.selection.git_changes import Change, read_change
from version_matrix.selection.requests import ChangeRequest
from version_matrix.selection.targets import REMOVED, ResultInputsTarget

_BUILD_FILE = "BUILD.version-matrix"


@dataclass(frozen=True)
class ResultInputsTargetsRequest(SyntheticTargetsRequest):
    path: str = SyntheticTargetsRequest.SINGLE_REQUEST_FOR_ALL_TARGETS


@rule(level=LogLevel.DEBUG)
async def find_change(
    _: ChangeRequest,
    build_root: BuildRoot,
    changed: Changed,
    global_options: GlobalOptions,
    # git is asked anew in each run.
    __: RunId,
) -> Change:
    return read_change(
        build_root.pathlib_path,
        since=changed.since,
        diffspec=changed.diffspec,
        build_patterns=global_options.build_patterns,
    )


@rule(level=LogLevel.DEBUG)
async def result_inputs_targets(request: ResultInputsTargetsRequest) -> SyntheticAddressMaps:
    inputs = await engine.result_inputs()
    change = await engine.change()
    adaptors = {
        folder: [_adaptor(name, files) for name, files in names.items()]
        for folder, names in inputs.targets.items()
    }
    if change.gone or change.builds:
        # Whatever changed selects it, and through it whoever misses something.
        adaptors.setdefault("", []).append(_adaptor(REMOVED.target_name, ("*", "**/*")))
    return SyntheticAddressMaps.for_targets_request(
        request,
        [
            (f"{folder}/{_BUILD_FILE}" if folder else _BUILD_FILE, tuple(targets))
            for folder, targets in sorted(adaptors.items())
        ],
    )


def _adaptor(name: str, files: Iterable[str]) -> TargetAdaptor:
    return TargetAdaptor(
        ResultInputsTarget.alias,
        name=name,
        files=tuple(files),
        __description_of_origin__="the plugin version_matrix",
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(SyntheticTargetsRequest, ResultInputsTargetsRequest),
    )
