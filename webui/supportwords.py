"""What the operation log says of remote support: sentences for the bureau, pure."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.support.grant import Grant, Reach, Relay
from appliance.support.happenings import Happening, HappeningKind
from appliance.support.knock import Refusal
from appliance.support.sessionlog import EndOfSession
from appliance.support.tunnel import TunnelFault

CLOSED = "管理员立即关闭"
REPLAYED = "回放会话录像"
BUNDLE_MADE = "生成支持包"
BUNDLE_TAKEN = "下载支持包"

_REACHES = {Reach.COMMANDS: "只能执行限定命令", Reach.SHELL: "完整命令行"}
_ENDINGS: Mapping[str, str] = {
    EndOfSession.DONE: "正常结束",
    EndOfSession.CLOSED: "被管理员切断",
    EndOfSession.EXPIRED: "时间已到",
    EndOfSession.LEFT: "连接断开",
    EndOfSession.FULL: "录像已满",
    EndOfSession.TORN: "意外中断",
}
_REFUSALS: Mapping[str, str] = {
    Refusal.EXPIRED: "证书已过期",
    Refusal.NOT_YET: "证书还没有生效",
    Refusal.OTHER_BOX: "证书不是签发给本机的，或开放时间已过",
    Refusal.REVOKED: "证书已被厂家吊销",
    Refusal.OTHER_ISSUER: "证书不是厂家签发的",
    Refusal.NO_CERTIFICATE: "没有出示证书",
    Refusal.NOBODY: "没有完成登录",
}
_FAULTS: Mapping[str, str] = {
    TunnelFault.UNREACHABLE: "连不上",
    TunnelFault.UNKNOWN_NAME: "域名解析不了",
    TunnelFault.WRONG_HOST_KEY: "主机公钥与设置的不一致",
    TunnelFault.NOT_ADMITTED: "不认本机的公钥",
    TunnelFault.PORT_TAKEN: "端口已被占用",
    TunnelFault.BROKEN: "连接中断",
}
_GATE = {HappeningKind.OPENED: "入口已打开，等待厂家登录", HappeningKind.ENDED: "入口已关闭，不能再登录"}
_MOST_NAME = 100
"""Whoever knocks chooses what his certificate calls him."""


def opened(grant: Grant, hours: int) -> str:
    return f"开放 {hours} 小时（{_REACHES[grant.reach]}），原因：“{grant.reason}”"


def relay_set(relay: Relay) -> str:
    return f"中继服务器 {relay.user}@{relay.host}:{relay.port}"


def happened(what: Happening) -> str:
    """A line of the gate or of a recorder."""
    match what.kind:
        case HappeningKind.OPENED | HappeningKind.ENDED:
            return _GATE[what.kind]
        case HappeningKind.SESSION_BEGAN:
            return f"厂家登录：“{what.text}”"
        case HappeningKind.SESSION_ENDED:
            who, _, why = what.text.rpartition(": ")
            return f"会话结束（{_ENDINGS.get(why, why)}）：“{who}”"
        case HappeningKind.REFUSED:
            return _refused(what)
        case HappeningKind.TUNNEL_UP:
            return f"已连上中继服务器，登录端口在 {what.text}"
        case HappeningKind.TUNNEL_DOWN:
            return f"没有连上中继服务器：{_FAULTS.get(what.text, what.text)}"


def _refused(what: Happening) -> str:
    why, who = _REFUSALS.get(what.text, what.text), what.subject[:_MOST_NAME]
    return f"拒绝登录：{why}（证书署名“{who}”）" if who else f"拒绝登录：{why}"
