"""In: a run that is acceptable, and the day's pruning.
Out: rows, and a state that differs whenever they do; the tables and their migrations are here.
May import: `received`.
"""
