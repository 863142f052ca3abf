"""In: settings, and a file of suites.
Out: the packages to watch, and which of their releases to tell of.
May import: `settings`.
"""
