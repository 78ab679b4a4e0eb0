"""The language of a file for a spreadsheet: that of the person who asked for it."""

from __future__ import annotations

from enum import StrEnum


class SheetLanguage(StrEnum):
    CHINESE = "zh-CN"
    ENGLISH = "en"

    def said(self, chinese: str, english: str) -> str:
        """The one of the two that is in this language."""
        return english if self is SheetLanguage.ENGLISH else chinese
