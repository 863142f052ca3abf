"""Turns news of the index into proposals, one a suite: prepare, publish, canary."""

from matrix_updates.errors import UpdatesError
from matrix_updates.proposal.documents import decode, encode
from matrix_updates.proposal.model import Prepared, Proposal
from matrix_updates.proposal.wording import body, title

__all__ = ["Prepared", "Proposal", "UpdatesError", "body", "decode", "encode", "title"]
