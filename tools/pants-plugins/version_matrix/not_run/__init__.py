"""What a run's list of results does not show, told in its last lines: what was left out, above all.

In: from the rules that run tests, what each lacks and how it fared. Out: log lines at the end.
It imports no other room.
"""
