"""The lock of the tool this plugin runs, shipped with it."""
