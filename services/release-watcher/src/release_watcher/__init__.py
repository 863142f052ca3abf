"""A daemon that hears of releases, and tells people and machines, once per event."""

__version__ = "0.1.0"
