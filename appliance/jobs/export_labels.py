"""Chinese words of the call log, as a spreadsheet shows them."""

from __future__ import annotations

from appliance.telephony.call import CallerIdKind, CallResult, Direction, HangUpCause, NoRecordingReason, Side

DIRECTIONS = {Direction.INBOUND: "来电", Direction.OUTBOUND: "去电", Direction.INTERNAL: "内部"}
RESULTS = {
    CallResult.TALKED: "已通话",
    CallResult.SELF_SERVED: "自助完成",
    CallResult.HUNG_UP_BEFORE_ANSWER: "振铃前挂断",
    CallResult.HUNG_UP_IN_FLOW: "IVR中挂断",
    CallResult.ABANDONED_IN_QUEUE: "排队放弃",
    CallResult.AGENT_NO_ANSWER: "坐席无应答",
    CallResult.NO_AGENT: "无坐席",
    CallResult.VOICEMAIL: "转留言",
    CallResult.BUSY: "忙",
    CallResult.PEER_NO_ANSWER: "对方无人接",
    CallResult.REJECTED: "拒接",
    CallResult.LINE_FAULT: "线路故障",
}
SIDES = {Side.PEER: "客户", Side.AGENT: "坐席", Side.SYSTEM: "系统"}
CAUSES = {
    HangUpCause.BUSY_TONE: "忙音",
    HangUpCause.CONGESTION_TONE: "拥塞音",
    HangUpCause.DIAL_TONE: "拨号音",
    HangUpCause.POLARITY: "反极",
    HangUpCause.LOOP_BREAK: "断环",
    HangUpCause.SILENCE: "长时间无声",
    HangUpCause.HOOK: "挂机",
    HangUpCause.RINGING_STOPPED: "振铃停止",
    HangUpCause.FLOW_ENDED: "流程结束",
    HangUpCause.PEER_BUSY: "对方忙",
    HangUpCause.PEER_NO_ANSWER: "对方无人接",
    HangUpCause.NO_LINE_FREE: "无空闲外线",
    HangUpCause.NOT_ALLOWED: "不允许",
    HangUpCause.NO_SUCH_NUMBER: "空号",
    HangUpCause.PORT_FAULT: "端口故障",
    HangUpCause.CARD_LOST: "板卡拔出",
    HangUpCause.SUPERVISOR: "班长强拆",
    HangUpCause.MAX_DURATION: "超过最长时间",
    HangUpCause.ENGINE_RESTART: "系统重启",
    HangUpCause.ENGINE_STOPPED: "系统停止",
    HangUpCause.INTERNAL_ERROR: "内部错误",
}
NO_RECORDING = {
    NoRecordingReason.NOT_TALKED: "未通话",
    NoRecordingReason.RULE: "规则排除",
    NoRecordingReason.TOO_SHORT: "太短",
    NoRecordingReason.DISK: "磁盘不足",
    NoRecordingReason.FAILED: "录音失败",
}
CALLER_IDS = {
    CallerIdKind.FSK: "FSK",
    CallerIdKind.DTMF: "DTMF",
    CallerIdKind.DTMF_UNRELIABLE: "DTMF（不完整）",
    CallerIdKind.BY_DEVICE: "设备上报",
    CallerIdKind.NONE: "无",
    CallerIdKind.WITHHELD: "保密",
    CallerIdKind.UNREADABLE: "读不出",
    CallerIdKind.DIALLED: "拨出",
}
VOICEMAIL_STATES = {"": "", "new": "未听", "heard": "已听", "done": "已处理"}
RATINGS = {
    "satisfied": "满意",
    "neutral": "一般",
    "dissatisfied": "不满意",
    "unrated": "未评价",
    "not_invited": "未邀请",
}
