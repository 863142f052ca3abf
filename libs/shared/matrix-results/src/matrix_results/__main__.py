"""`python -m matrix_results`."""

import sys

from matrix_results.command import main

sys.exit(main())
