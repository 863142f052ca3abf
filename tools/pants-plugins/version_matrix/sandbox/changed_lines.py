"""Which changed lines no test reached, by diff-cover, in a sandbox.

changed_lines.py LCOV DIFF      the JSON that diff-cover writes, on standard output
"""

import importlib
import os
import sys


def root(_: type) -> str:
    return os.getcwd()


def main(arguments: "list[str]") -> int:
    lcov, diff = arguments
    # Installed where this runs, and not where it is checked.
    diff_cover_tool = importlib.import_module("diff_cover.diff_cover_tool")
    git_path = importlib.import_module("diff_cover.git_path")
    # It asks git where paths begin, whatever it is given; in a sandbox there is no git.
    git_path.GitPathTool._git_root = classmethod(root)
    options = (f"--diff-file={diff}", "--format=json:changed.json", "--quiet", "--fail-under=0")
    status = diff_cover_tool.main(["diff-cover", lcov, *options])
    with open("changed.json", encoding="utf-8") as file:
        print(file.read())
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
