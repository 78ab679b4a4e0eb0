"""What goes wrong with backups; each text is a Chinese sentence for the person who looks at the page."""

from __future__ import annotations


class BackupError(Exception):
    """A backup or restore that could not be done."""


class TargetError(BackupError):
    """The disk or server for backups cannot be used."""


class DamagedError(BackupError):
    """The backup is not what was written."""


class WrongPasswordError(BackupError):
    """The password is missing or is not that of the backup."""


class NotOursError(BackupError):
    """The file is no backup, or of a version that this program cannot read."""


class NoRoomError(BackupError):
    """There is not enough space on the box's own disk."""
