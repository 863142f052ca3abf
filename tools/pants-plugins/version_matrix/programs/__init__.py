"""Programs of the system that tests cannot do without: declared, looked up once, part of the key.

In: the field `programs` of stanzas and tests. Out: where the programs are, and what is lacking.
It may import `not_run`.
"""
