"""Import rules between and inside the parts of a repository, as a Pants backend."""
