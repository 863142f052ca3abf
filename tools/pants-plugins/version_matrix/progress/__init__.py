"""How far a run is, told while it goes on: nobody waits without a word.

In: from the rules that work, what is ahead and what is done. Out: log lines, now and then.
It imports no other room.
"""
