"""What all of the API has in common: where it is, and how it says no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

API = "/api/v1"
"""What its paths begin with."""


class Problem(BaseModel):
    """Why there is no other answer, whatever the status."""

    detail: str


def refusals(told: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Statuses and what each means, as FastAPI takes them."""
    return {
        status: {"model": Problem, "description": description}
        for status, description in told.items()
    }


_ANYWHERE = refusals(
    {422: "A parameter is not what it should be", 503: "The database does not answer; ask again"}
)


def api_router() -> APIRouter:
    """A router for a part of the API."""
    return APIRouter(prefix=API, responses=_ANYWHERE)
