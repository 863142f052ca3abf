"""In: events that are due, and the state of everything.
Out: what people and machines hear, by channels, and the answer of `status`.
May import: `clock`, `events`, `metrics`, `schedule`, `settings`, `chosen`, `recorded`.
"""
