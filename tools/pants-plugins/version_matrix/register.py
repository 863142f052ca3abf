"""Wires the version matrix into Pants; computes nothing itself."""

from __future__ import annotations
