"""Which files are shell scripts: by their name or their first line."""

from __future__ import annotations

import re
from typing import Iterable, Tuple

from pants.engine.fs import PathGlobs

from engine_calls import calls

_ENDINGS = (".sh", ".bash", ".bootstrap")
_SHEBANG = re.compile(rb"#!\s*(/usr)?/bin/(env\s+)?(ba|da|k)?sh\b")


async def find_scripts(paths: Iterable[str]) -> Tuple[str, ...]:
    """Those of `paths` that are shell scripts, sorted."""
    files = await calls.contents_of(PathGlobs(candidates(paths)))
    return tuple(file.path for file in files if is_script(file.path, file.content))


def candidates(paths: Iterable[str]) -> Tuple[str, ...]:
    """The paths that may be scripts: the others need not be read."""
    names = ((path, path.rpartition("/")[2]) for path in sorted(paths))
    return tuple(path for path, name in names if name.endswith(_ENDINGS) or "." not in name)


def is_script(path: str, content: bytes) -> bool:
    """Whether a file is a shell script."""
    return path.endswith(_ENDINGS) or _SHEBANG.match(content) is not None
