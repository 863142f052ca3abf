"""What a change reaches that Pants does not see: what is gone, and what rests on more than code.

In: files, options, what git says of a change. Out: targets that own them, and who depends on these.
It may import `stanza` and `tools`.
"""
