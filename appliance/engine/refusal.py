"""What cannot be done now, told to the person who asked."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - an answer, not a defect
    """The command cannot be carried out; the text is for the person."""
