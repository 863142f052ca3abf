"""What the pex CLI runs, in the place of pex's own console script.

A PEX forgets all of pex's variables before its program runs, unless it is built to keep them all.
What Pants passes to this one is meant for its start, and would mislead what it starts in turn, but
for PEX_ROOT: without it pex would install everything a second time, outside of Pants' caches.
"""

import os
import runpy

for name in list(os.environ):
    if name.startswith("PEX_") and name != "PEX_ROOT":
        del os.environ[name]

runpy.run_module("pex", run_name="__main__", alter_sys=True)
