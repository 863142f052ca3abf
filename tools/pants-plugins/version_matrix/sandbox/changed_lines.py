"""Which changed lines no test reached, by diff-cover, in a sandbox.

changed_lines.py LCOV DIFF      the JSON that diff-cover writes, on standard output
"""

import os
import sys

from diff_cover import diff_cover_tool, git_path  # pants: no-infer-dep


def root(_: type) -> str:
    return os.getcwd()


# diff-cover asks git where paths begin, whatever it is given; in a sandbox there is none.
git_path.GitPathTool._git_root = classmethod(root)


def main(arguments: "list[str]") -> int:
    lcov, diff = arguments
    options = (f"--diff-file={diff}", "--format=json:changed.json", "--quiet", "--fail-under=0")
    status = diff_cover_tool.main(["diff-cover", lcov, *options])
    with open("changed.json", encoding="utf-8") as file:
        print(file.read())
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
