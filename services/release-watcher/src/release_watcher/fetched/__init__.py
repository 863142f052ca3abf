"""In: the name of a package.
Out: a snapshot of it from the index, or the reason why there is none.
May import: nothing of the watcher.
"""
