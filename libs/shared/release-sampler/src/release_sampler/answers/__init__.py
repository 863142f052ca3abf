"""In: samplings and snapshots. Out: what people and lock makers are told of them.

May import: `basis`, `documents`, `choice`.
"""
