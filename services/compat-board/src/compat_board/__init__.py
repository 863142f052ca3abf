"""The web board of a version matrix: what works with what, since when, and why not."""

VERSION = "0.1.0"
