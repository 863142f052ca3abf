"""In: the bytes of a request, and its token.
Out: a run that can be stored and shown, or a refusal.
May import: nothing of the board.
"""
