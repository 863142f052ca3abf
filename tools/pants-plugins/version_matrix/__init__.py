"""Tests integrations on a sample of the releases of what they integrate."""
