"""Addresses as messages give them to people."""

from __future__ import annotations


def from_root(address: str) -> str:
    """An address that is understood in any folder: Pants takes others relative to where one stands."""
    return address if address.startswith("//") else f"//{address}"
