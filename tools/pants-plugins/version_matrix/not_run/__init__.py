"""What was left out for want of something on the machine, told in the last lines of a run.

In: from the rules that run tests, what each lacks. Out: log lines at the end.
It imports no other room.
"""
