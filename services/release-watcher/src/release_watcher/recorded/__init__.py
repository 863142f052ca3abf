"""In: a snapshot, or that there was none; what became of a delivery.
Out: events, each in the transaction of its cause, and what is due; tables and migrations are here.
May import: `events`, `chosen`.
"""
