"""In: rows.
Out: values of the result model, and what their history says: everything that a page tells.
May import: `stored`.
"""
