"""In: nothing. Out: the words of all rooms: releases, suites, versions, Pythons, files, times, errors.

May import: of this library nothing.
"""
