"""The target that a place means. Libraries for servers are loaded only when one is used."""

from __future__ import annotations

from pathlib import Path

import msgspec

from appliance.support.backuperrors import TargetError
from appliance.support.backuptarget import Target, TargetKind, TargetPlace, disk_target


def open_target(place: TargetPlace, media: Path) -> tuple[Target, TargetPlace]:
    """The target, and the place with what was learnt of it. Raises `TargetError`."""
    match place.kind:
        case TargetKind.NONE:
            raise TargetError("还没有设置备份到哪里，请先在备份设置里选择。")
        case TargetKind.DISK:
            return disk_target(place, media), place
        case TargetKind.SFTP:
            from appliance.support.backupsftp import SftpTarget  # noqa: PLC0415

            sftp = SftpTarget(place)
            return sftp, msgspec.structs.replace(place, host_key=sftp.host_key)
        case TargetKind.SMB:
            from appliance.support.backupsmb import SmbTarget  # noqa: PLC0415

            return SmbTarget(place), place
