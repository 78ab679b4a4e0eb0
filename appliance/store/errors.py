"""What the store refuses. Every text is a Chinese sentence for a person: what is wrong and what to do."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be used or the request cannot be carried out."""


class NotFoundError(StoreError):
    """There is no such row (any more)."""


class ConflictError(StoreError):
    """The change collides with what is there: a login taken, a number that belongs to someone else."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class InvalidError(StoreError):
    """A value is not acceptable; `field` names it as the caller wrote it."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field
