"""In: what was read, and a request.
Out: pages, badges and JSON, each made once for a state of the database.
May import: `received`, `stored`, `read`.
"""
