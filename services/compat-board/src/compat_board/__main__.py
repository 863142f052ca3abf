"""`python -m compat_board`."""

import sys

from compat_board.command import main

if __name__ == "__main__":
    sys.exit(main())
