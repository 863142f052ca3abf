"""`python -m matrix_updates`."""

import sys

from matrix_updates.cli import main

sys.exit(main())
