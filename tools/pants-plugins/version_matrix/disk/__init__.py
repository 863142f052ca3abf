"""Files that goals replace and recover themselves, beyond the engine.

In: a folder and what it must hold. Out: the folder, old or new, however the run ends.
It imports no other room.
"""
