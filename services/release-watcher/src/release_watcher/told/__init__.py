"""In: events that are due, and the state of everything.
Out: what people and machines hear, by channels, and the answer of `status`.
May import: `events`, `settings`, `clock`, `schedule`, `metrics`, `chosen`, `recorded`.
"""
