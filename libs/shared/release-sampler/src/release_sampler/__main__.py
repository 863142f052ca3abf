"""`python -m release_sampler`."""

import sys

from release_sampler.cli import main

if __name__ == "__main__":
    sys.exit(main())
