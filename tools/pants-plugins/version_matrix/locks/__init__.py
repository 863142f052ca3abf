"""Locks of the tools this plugin runs, shipped with it."""
