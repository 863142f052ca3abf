"""What a change reaches that Pants does not see: what is gone, and what results rest on beside code.

In: the files of the repository, options, and what git says of a change. Out: targets that own those files, and
dependencies on them, so that `--changed-since` selects whoever is affected; what is in a result's key
decides, as ever, what runs. It may import `stanza` and `tools`.
"""
