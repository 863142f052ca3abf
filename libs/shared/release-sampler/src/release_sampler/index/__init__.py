"""In: pip's configuration, and what indexes answer. Out: snapshots. Behind the extra `release-sampler[index]`.

May import: `basis`. Nobody but the command imports it, so that sampling needs `packaging` alone.
`projects` is for programs that hold pins: `open_projects().project("httpx")`.
"""
