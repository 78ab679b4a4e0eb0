"""Words of the call log, as a spreadsheet shows them: Chinese, English."""

from __future__ import annotations

from appliance.telephony.call import CallerIdKind, CallResult, Direction, HangUpCause, NoRecordingReason, Rating, Side

DIRECTIONS = {
    Direction.INBOUND: ("来电", "In"),
    Direction.OUTBOUND: ("去电", "Out"),
    Direction.INTERNAL: ("内部", "Internal"),
}
RESULTS = {
    CallResult.TALKED: ("已通话", "Talked"),
    CallResult.SELF_SERVED: ("自助完成", "Self-served"),
    CallResult.HUNG_UP_BEFORE_ANSWER: ("振铃前挂断", "Hung up before answer"),
    CallResult.HUNG_UP_IN_FLOW: ("IVR中挂断", "Hung up in menu"),
    CallResult.ABANDONED_IN_QUEUE: ("排队放弃", "Abandoned"),
    CallResult.AGENT_NO_ANSWER: ("坐席无应答", "Agent did not answer"),
    CallResult.NO_AGENT: ("无坐席", "No agent"),
    CallResult.VOICEMAIL: ("转留言", "Voicemail"),
    CallResult.BUSY: ("忙", "Busy"),
    CallResult.PEER_NO_ANSWER: ("对方无人接", "No answer"),
    CallResult.REJECTED: ("拒接", "Rejected"),
    CallResult.LINE_FAULT: ("线路故障", "Line fault"),
}
SIDES = {Side.PEER: ("客户", "Customer"), Side.AGENT: ("坐席", "Agent"), Side.SYSTEM: ("系统", "System")}
CAUSES = {
    HangUpCause.BUSY_TONE: ("忙音", "Busy tone"),
    HangUpCause.CONGESTION_TONE: ("拥塞音", "Congestion tone"),
    HangUpCause.DIAL_TONE: ("拨号音", "Dial tone"),
    HangUpCause.POLARITY: ("反极", "Polarity reversal"),
    HangUpCause.LOOP_BREAK: ("断环", "Loop break"),
    HangUpCause.SILENCE: ("长时间无声", "Long silence"),
    HangUpCause.HOOK: ("挂机", "Phone on hook"),
    HangUpCause.RINGING_STOPPED: ("振铃停止", "Ringing stopped"),
    HangUpCause.FLOW_ENDED: ("流程结束", "Flow ended"),
    HangUpCause.PEER_BUSY: ("对方忙", "Other side busy"),
    HangUpCause.PEER_NO_ANSWER: ("对方无人接", "Other side did not answer"),
    HangUpCause.SEAT_NO_ANSWER: ("座席话机未接", "Seat did not pick up"),
    HangUpCause.NO_LINE_FREE: ("无空闲外线", "No line free"),
    HangUpCause.NOT_ALLOWED: ("不允许", "Not allowed"),
    HangUpCause.NO_SUCH_NUMBER: ("空号", "No such number"),
    HangUpCause.GLARE: ("来电与外呼相撞", "Collided with an incoming call"),
    HangUpCause.PORT_FAULT: ("端口故障", "Port fault"),
    HangUpCause.CARD_LOST: ("板卡拔出", "Card pulled out"),
    HangUpCause.SUPERVISOR: ("班长强拆", "Cut by supervisor"),
    HangUpCause.MAX_DURATION: ("超过最长时间", "Longest duration reached"),
    HangUpCause.ENGINE_RESTART: ("系统重启", "System restarted"),
    HangUpCause.ENGINE_STOPPED: ("系统停止", "System stopped"),
    HangUpCause.INTERNAL_ERROR: ("内部错误", "Internal error"),
}
NO_RECORDING = {
    NoRecordingReason.NOT_TALKED: ("未通话", "nobody talked"),
    NoRecordingReason.RULE: ("规则排除", "excluded by rule"),
    NoRecordingReason.TOO_SHORT: ("太短", "too short"),
    NoRecordingReason.DISK: ("磁盘不足", "disk full"),
    NoRecordingReason.FAILED: ("录音失败", "recording failed"),
    NoRecordingReason.CLEANED: ("已按清理规则删除", "removed by clean-up"),
    NoRecordingReason.DELETED: ("已人工删除", "deleted"),
    NoRecordingReason.LOST: ("文件丢失", "file lost"),
}
CALLER_IDS = {
    CallerIdKind.FSK: ("FSK", "FSK"),
    CallerIdKind.DTMF: ("DTMF", "DTMF"),
    CallerIdKind.DTMF_UNRELIABLE: ("DTMF（不完整）", "DTMF (incomplete)"),
    CallerIdKind.BY_DEVICE: ("设备上报", "Told by the device"),
    CallerIdKind.NONE: ("无", "None"),
    CallerIdKind.WITHHELD: ("保密", "Withheld"),
    CallerIdKind.UNREADABLE: ("读不出", "Unreadable"),
    CallerIdKind.DIALLED: ("拨出", "Dialled"),
}
VOICEMAIL_STATES = {"": ("", ""), "new": ("未听", "Not heard"), "heard": ("已听", "Heard"), "done": ("已处理", "Done")}
RATINGS = {
    Rating.SATISFIED: ("满意", "Satisfied"),
    Rating.NEUTRAL: ("一般", "Neutral"),
    Rating.DISSATISFIED: ("不满意", "Dissatisfied"),
    Rating.UNRATED: ("未评价", "Not rated"),
    Rating.NOT_INVITED: ("未邀请", "Not invited"),
}
