"""In: JSON texts, `request.json` and what the last run wrote. Out: values; and from values the same texts.

May import: `basis`.
"""
