"""`python -m release_watcher`."""

import sys

from release_watcher.cli import main

if __name__ == "__main__":
    sys.exit(main())
