"""One place and one form of external requirements, as a Pants backend."""
