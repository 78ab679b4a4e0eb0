"""The catalogue of operation permissions: what a person of the bureau may be allowed to do, and who may by default.

The ids are stable: they stand in stored roles and in the audit log. The server checks them, menus are drawn from them.
"""

from __future__ import annotations

from enum import Enum, StrEnum, unique
from typing import Self


@unique
class Role(StrEnum):
    """The built-in bundles of permissions; a person holds one or more. The database holds the bureau's changes."""

    ADMIN = "admin", "A"
    MANAGER = "manager", "M"
    LEADER = "leader", "L"
    AGENT = "agent", "G"
    FIELD = "field", "W"
    QUALITY = "quality", "Q"
    VENDOR = "vendor", "V"

    letter: str

    def __new__(cls, value: str, letter: str) -> Self:
        role = str.__new__(cls, value)
        role._value_ = value
        role.letter = letter
        return role


class Area(Enum):
    """Where a permission stands in the permission matrix; the value lists the first parts of its ids."""

    AGENT_DESK = "座席工作台", ("agent",)
    CALLS = "通话记录", ("call",)
    RECORDINGS = "录音", ("rec",)
    VOICEMAIL = "留言", ("vm",)
    CUSTOMERS = "客户", ("cust",)
    TICKETS = "工单", ("tkt",)
    COMPLAINTS = "投诉", ("cmp",)
    OUTAGES = "群障", ("out",)
    OUTBOUND = "外呼", ("dial",)
    MESSAGES = "短信", ("sms",)
    KNOWLEDGE = "知识库", ("kb",)
    QUALITY = "质检与培训", ("qa", "trn")
    MONITORING = "监控", ("mon",)
    REPORTS = "统计", ("rpt",)
    SHIFTS = "排班", ("shift",)
    FLOWS = "语音流程与话务配置", ("ivr", "acd", "line", "seat")
    PEOPLE = "组织与权限", ("adm",)
    INTERFACES = "接口", ("api",)
    SYSTEM = "系统", ("sys",)

    label: str
    prefixes: tuple[str, ...]

    def __init__(self, label: str, prefixes: tuple[str, ...]) -> None:
        self.label = label
        self.prefixes = prefixes


@unique
class P(StrEnum):
    """One operation. Fields: id, name, letters of the roles that have it by default, risk, whether the data scope
    applies on top, and what it allows. Risk 3 is always logged.
    """

    AGENT_LOGIN = "agent.login", "登录座席", "MLG", 1, False, "在座席签入，开始接听热线来电"
    AGENT_STATE = "agent.state", "置闲/置忙/小休", "LG", 1, False, "切换就绪与示忙，决定是否派来电"
    AGENT_BREAK_REASON = "agent.break_reason", "选择小休原因", "LG", 1, False, "示忙时选择小休原因，计入岗位日志"
    AGENT_ANSWER_WEB = "agent.answer_web", "网页控制应答/挂断", "LG", 1, False, "在网页上挂断本座席的通话，不必按话机"
    AGENT_HOLD = "agent.hold", "保持/取回", "LG", 1, False, "让客户听保持音乐，再取回通话"
    AGENT_TRANSFER_SEAT = "agent.transfer_seat", "转接座席", "LG", 1, False, "把通话转给另一座席，可先咨询"
    AGENT_TRANSFER_QUEUE = "agent.transfer_queue", "转接技能组/IVR", "LG", 1, False, "把通话转到技能组或语音流程"
    AGENT_TRANSFER_EXTERNAL = (
        "agent.transfer_external",
        "转接手机等外部号码",
        "LG",
        2,
        False,
        "把通话转到值班手机等外部号码",
    )
    AGENT_CONFERENCE = "agent.conference", "三方通话", "LG", 1, False, "把第三方加入正在进行的通话"
    AGENT_VERIFY_PIN = (
        "agent.verify_pin",
        "转语音验密(座席不可听)",
        "LG",
        2,
        False,
        "让客户按键输入密码，话务员听不到按键音",
    )
    AGENT_DIAL_LOCAL = "agent.dial_local", "拨打本地号码", "LG", 1, False, "从座席拨打本地固定电话"
    AGENT_DIAL_MOBILE = "agent.dial_mobile", "拨打手机号码", "LG", 2, False, "从座席拨打手机号码"
    AGENT_DIAL_LONG = "agent.dial_long", "拨打国内长途", "L", 3, False, "从座席拨打国内长途，产生长途话费"
    AGENT_DIAL_INTERNATIONAL = (
        "agent.dial_international",
        "拨打国际长途",
        "",
        3,
        False,
        "从座席拨打国际号码，话费高，默认不授予",
    )
    AGENT_CLICK_DIAL = "agent.click_dial", "点击拨号", "LG", 1, False, "在网页上点号码即拨，先响本座席话机"
    AGENT_PICKUP = "agent.pickup", "代接同组来电", "LG", 1, False, "代同组话务员接听正在振铃的来电"
    AGENT_REC_TOGGLE = "agent.rec_toggle", "通话中暂停/恢复录音", "L", 2, False, "通话中暂停录音（如客户报密码）再恢复"

    CALL_VIEW = "call.view", "查看通话记录", "MLGQ", 1, True, "在数据权限内查看通话记录清单与详情"
    CALL_SEARCH_ADV = "call.search_adv", "使用19项组合查询", "MLGQ", 1, True, "用十九项条件任意组合查询通话记录"
    CALL_VIEW_NUMBER_FULL = (
        "call.view_number_full",
        "显示完整号码(不打码)",
        "MLG",
        2,
        True,
        "显示完整客户号码，否则中间四位打码",
    )
    CALL_EDIT_REASON = "call.edit_reason", "填写/修改呼叫事由", "LG", 1, True, "给通话选择或修改呼叫事由"
    CALL_EDIT_SUMMARY = "call.edit_summary", "填写/修改通话摘要", "LG", 1, True, "给通话填写或修改通话摘要"
    CALL_EDIT_OTHERS = "call.edit_others", "修改他人的事由与摘要", "L", 2, True, "修改其他话务员通话的事由与摘要"
    CALL_BIND_CUSTOMER = "call.bind_customer", "把通话关联到客户", "LG", 1, True, "把通话与客户资料关联起来"
    CALL_PRINT = "call.print", "打印通话记录", "MLQ", 1, True, "打印通话记录清单"
    CALL_EXPORT = "call.export", "导出通话记录(Excel)", "M", 3, True, "把查询到的通话记录导出成 Excel 文件"
    CALL_SAVED_QUERY_SHARE = "call.saved_query_share", "共享已存查询", "ML", 1, True, "把自己保存的查询条件共享给他人"
    CALL_DELETE = "call.delete", "删除通话记录", "", 3, True, "删除通话记录，不可恢复，默认不授予"

    REC_LIST = "rec.list", "查看录音清单", "MLQ", 1, True, "查看哪些通话有录音"
    REC_PLAY_OWN = "rec.play_own", "播放本人录音", "G", 1, True, "在网页上播放自己通话的录音"
    REC_PLAY = "rec.play", "播放录音", "MLQ", 2, True, "在网页上播放数据权限内他人通话的录音"
    REC_DOWNLOAD = "rec.download", "下载录音", "MQ", 3, True, "把录音文件下载到本机"
    REC_LOCK = "rec.lock", "锁定/解锁录音(防清理)", "MLQ", 2, True, "锁定录音，磁盘清理时不删除"
    REC_NOTE = "rec.note", "录音批注", "LQ", 1, True, "在录音的某一时刻写批注"
    REC_DELETE = "rec.delete", "删除录音", "", 3, True, "删除录音文件，不可恢复，默认不授予"
    REC_RULES = "rec.rules", "设置录音规则(时段/长短)", "AM", 2, False, "设置哪些时段、多长的通话录音"
    REC_EXEMPT = "rec.exempt", "设置不录音人员/通道/号码", "AM", 3, False, "设置哪些人员、线路或号码不录音"
    REC_INTEGRITY = "rec.integrity", "录音防篡改校验与举证导出", "M", 2, False, "校验录音未被改动并导出举证材料"

    VM_OWN = "vm.own", "听取本人留言", "LG", 1, True, "听取留给自己的留言"
    VM_SUB = "vm.sub", "听取下级留言", "ML", 2, True, "听取留给下级人员的留言"
    VM_ASSIGN = "vm.assign", "指派/转交留言", "L", 1, True, "把留言指派或转交给处理人"
    VM_CLOSE = "vm.close", "标记留言已处理", "LG", 1, True, "把留言标记为已处理"
    VM_DELETE = "vm.delete", "删除留言", "M", 3, True, "删除留言，不可恢复"

    CUST_VIEW = "cust.view", "查看客户", "MLGW", 1, True, "在数据权限内查询与查看客户资料"
    CUST_VIEW_ID = "cust.view_id", "查看证件号等敏感项", "M", 3, True, "查看客户证件号码等敏感内容"
    CUST_CREATE = "cust.create", "新增客户", "LG", 1, True, "新增客户资料"
    CUST_EDIT = "cust.edit", "修改客户", "LG", 1, True, "修改客户资料"
    CUST_EDIT_STATUS = "cust.edit_status", "修改业务状态/级别", "ML", 2, True, "修改客户的业务状态与级别"
    CUST_MERGE = "cust.merge", "合并重复客户", "L", 2, True, "把重复的客户资料合并成一份"
    CUST_DELETE = "cust.delete", "删除客户", "M", 3, True, "删除客户资料"
    CUST_IMPORT = "cust.import", "批量导入客户", "AM", 3, True, "从 Excel 文件批量导入客户"
    CUST_EXPORT = "cust.export", "导出客户(Excel)", "M", 3, True, "把客户资料导出成 Excel 文件"
    CUST_FIELDS = "cust.fields", "设置客户自定义字段与分类", "A", 2, False, "设置客户的自定义字段与分类"
    CUST_AREA = "cust.area", "设置片区与客户经理", "AM", 2, False, "设置片区及负责的客户经理"

    TKT_VIEW = "tkt.view", "查看工单", "MLGW", 1, True, "在数据权限内查看工单"
    TKT_CREATE = "tkt.create", "新建工单", "LG", 1, True, "由来电或客户新建工单"
    TKT_EDIT = "tkt.edit", "修改工单", "LG", 1, True, "修改工单内容"
    TKT_DISPATCH = "tkt.dispatch", "派工/改派", "LG", 2, True, "把工单派给维修人员或改派"
    TKT_ACCEPT = "tkt.accept", "接单", "W", 1, True, "维修人员接下派来的工单"
    TKT_CONTACT_LOG = "tkt.contact_log", "登记20分钟响应(已联系用户)", "W", 1, True, "登记已在二十分钟内联系用户"
    TKT_VISIT = "tkt.visit", "登记上门/改约", "W", 1, True, "登记上门时间或与用户改约"
    TKT_FINISH = "tkt.finish", "回单并电子签名", "W", 1, True, "填写处理结果并由用户签名"
    TKT_CLOSE = "tkt.close", "审核归档", "L", 2, True, "审核处理结果并归档"
    TKT_REOPEN = "tkt.reopen", "重开工单", "L", 2, True, "重新打开已归档的工单"
    TKT_URGE = "tkt.urge", "催办", "LG", 1, True, "催促处理人尽快处理"
    TKT_ESCALATE = "tkt.escalate", "升级/转高级人员", "LG", 1, True, "把工单升级给高级人员"
    TKT_MERGE = "tkt.merge", "合并工单(群障)", "L", 2, True, "把同一群障的工单合并处理"
    TKT_DELETE = "tkt.delete", "删除工单", "", 3, True, "删除工单，不可恢复，默认不授予"
    TKT_PRINT = "tkt.print", "打印派工单", "LGW", 1, True, "打印派工单"
    TKT_EXPORT = "tkt.export", "导出工单(Excel)", "M", 3, True, "把工单导出成 Excel 文件"
    TKT_FLOW = "tkt.flow", "设计工单流程与表单", "A", 3, False, "设计工单的流程与表单"
    TKT_SLA = "tkt.sla", "设置时限", "AM", 2, False, "设置工单各环节的时限"

    CMP_CREATE = "cmp.create", "受理投诉/建议", "LG", 1, True, "受理用户的投诉与建议"
    CMP_JUDGE = "cmp.judge", "判定重复/二次投诉", "L", 2, True, "判定是否重复投诉或二次投诉"
    CMP_REPLY = "cmp.reply", "答复投诉人", "ML", 2, True, "答复投诉人并登记答复内容"
    CMP_CLOSE = "cmp.close", "投诉闭环销案", "M", 2, True, "确认投诉已解决并销案"

    OUT_OUTAGE_OPEN = "out.outage_open", "发布群障公告(IVR插播)", "ML", 3, False, "发布群障公告，来电先听到公告"
    OUT_OUTAGE_CLOSE = "out.outage_close", "解除群障并批量回访", "ML", 2, False, "解除群障公告并批量回访用户"

    DIAL_TASK_VIEW = "dial.task_view", "查看外呼任务", "MLG", 1, True, "查看外呼任务与进度"
    DIAL_TASK_CREATE = "dial.task_create", "新建外呼任务", "ML", 2, True, "新建外呼任务并导入名单"
    DIAL_NOTICE = "dial.notice", "发起自动语音通知", "M", 3, True, "发起自动语音通知，占用外线"
    DIAL_DUNNING = "dial.dunning", "发起欠费催缴", "M", 3, True, "发起自动欠费催缴呼叫"
    DIAL_REVISIT = "dial.revisit", "执行回访", "LG", 1, True, "按任务回访用户并登记结果"
    DIAL_REVISIT_FORM = "dial.revisit_form", "设计回访清单", "M", 1, False, "设计回访时要问的问题"
    DIAL_DNC = "dial.dnc", "维护拒访名单", "ML", 2, False, "维护不接受回访与推销的号码"

    SMS_SEND = "sms.send", "发送单条短信", "LG", 2, True, "给一个用户发送短信"
    SMS_BATCH = "sms.batch", "群发短信", "M", 3, True, "给许多用户群发短信，产生费用"
    SMS_TEMPLATE = "sms.template", "维护短信模板", "M", 2, False, "维护短信模板"

    KB_VIEW = "kb.view", "查阅知识库", "MLGWQ", 1, False, "查阅知识库条目"
    KB_EDIT = "kb.edit", "编辑知识条目", "L", 1, False, "起草与修改知识库条目"
    KB_PUBLISH = "kb.publish", "审核发布知识", "M", 2, False, "审核并发布知识库条目"

    QA_SAMPLE = "qa.sample", "抽取质检样本", "QM", 2, True, "按规则抽取要质检的通话"
    QA_SCORE = "qa.score", "评分", "Q", 2, True, "听录音并按评分表打分"
    QA_APPEAL = "qa.appeal", "申诉/复核评分", "LG", 1, True, "对评分提出申诉或复核"
    QA_FORM = "qa.form", "设计评分表", "M", 2, False, "设计质检评分表"
    QA_BREACH = "qa.breach", "登记差错与违规", "QL", 2, True, "登记差错与违规行为"
    QA_COACH = "qa.coach", "登记单独辅导", "LQ", 1, True, "登记对话务员的单独辅导"
    TRN_EXAM = "trn.exam", "出题与组织考试", "MQ", 1, False, "出题并组织考试"
    TRN_TAKE = "trn.take", "参加考试", "LG", 1, False, "参加考试并查看自己的成绩"

    MON_LINES = "mon.lines", "查看线路状态", "ML", 1, False, "在监控页查看各外线的状态与故障"
    MON_QUEUE = "mon.queue", "查看排队", "ML", 1, True, "在监控页查看排队的来电与等待时间"
    MON_AGENTS = "mon.agents", "查看座席状态", "ML", 1, True, "在监控页查看各座席与话务员的状态"
    MON_LISTEN = "mon.listen", "监听", "MLQ", 3, True, "旁听进行中的通话，双方不知情"
    MON_WHISPER = "mon.whisper", "耳语", "ML", 3, True, "在通话中只对话务员说话"
    MON_BARGE = "mon.barge", "强插", "ML", 3, True, "强行加入进行中的通话"
    MON_HANGUP = "mon.hangup", "强拆", "M", 3, True, "强行挂断进行中的通话"
    MON_FORCE_STATE = "mon.force_state", "强制置忙/置闲/签出", "ML", 2, True, "强制话务员就绪、示忙或签出"
    MON_WALLBOARD = "mon.wallboard", "大屏显示", "ML", 1, False, "打开大屏显示页"

    RPT_TRAFFIC = "rpt.traffic", "话务统计", "ML", 1, True, "查看来电量、接通率等话务统计"
    RPT_AGENT = "rpt.agent", "工作量与座席考核", "ML", 2, True, "查看话务员工作量与考核统计"
    RPT_BUSINESS = "rpt.business", "业务/事由分类统计", "ML", 1, True, "查看按业务与事由分类的统计"
    RPT_SATISFACTION = "rpt.satisfaction", "满意度统计", "MLQ", 1, True, "查看满意度评价统计"
    RPT_SLA = "rpt.sla", "时限与闭环统计", "ML", 1, True, "查看工单时限与闭环统计"
    RPT_LOG = "rpt.log", "岗位日志", "MLG", 1, True, "查看签入、示忙等岗位日志"
    RPT_EXPORT = "rpt.export", "导出/打印报表", "M", 2, True, "导出或打印统计报表"

    SHIFT_VIEW = "shift.view", "查看班表", "MLG", 1, True, "查看班表"
    SHIFT_EDIT = "shift.edit", "排班/调班", "ML", 2, True, "安排与调整班次"

    IVR_VIEW = "ivr.view", "查看语音流程", "AML", 1, False, "查看语音流程图"
    IVR_EDIT = "ivr.edit", "编辑语音流程", "AM", 2, False, "编辑语音流程的草稿"
    IVR_PUBLISH = "ivr.publish", "发布/回退语音流程", "AM", 3, False, "发布语音流程或回退到旧版本"
    IVR_PROMPT = "ivr.prompt", "录制/上传提示音", "AML", 2, False, "录制或上传本局的提示音"
    IVR_CALENDAR = "ivr.calendar", "设置工作时间与节假日", "AM", 2, False, "设置工作时间与节假日"
    ACD_QUEUE = "acd.queue", "设置技能组与分配策略", "AM", 2, False, "设置技能组、成员与来电分配策略"
    ACD_SKILL = "acd.skill", "设置座席技能", "ML", 2, True, "设置话务员属于哪些技能组"
    ACD_OVERFLOW = "acd.overflow", "设置无应答/忙转移(含手机)", "AM", 3, False, "设置无应答与忙时转到哪里"
    ACD_BLACKLIST = "acd.blacklist", "维护黑名单", "ML", 2, False, "维护拒接的骚扰号码"
    ACD_VIP = "acd.vip", "维护优先号码", "M", 2, False, "维护优先接入的号码"
    LINE_CONFIG = "line.config", "线路参数与增益", "AV", 3, False, "设置外线参数与收发增益"
    LINE_TEST = "line.test", "线路体检", "ALV", 2, False, "检测外线的电压、电平与信号"
    SEAT_CONFIG = "seat.config", "座席话机端口", "A", 2, False, "设置座席与话机端口的对应"

    ADM_ORG = "adm.org", "维护组织/部门/班组", "A", 3, False, "维护组织、部门与班组"
    ADM_USER = "adm.user", "维护职员账号", "A", 3, False, "新增、修改与停用职员账号"
    ADM_RESET_PWD = "adm.reset_pwd", "重置他人密码", "A", 3, False, "为忘记密码的职员设置新密码"
    ADM_ROLE = "adm.role", "维护角色与权限", "A", 3, False, "维护角色以及角色包含的权限"
    ADM_SCOPE = "adm.scope", "设置数据访问策略", "A", 3, False, "设置每个职员能看到哪些人的数据"
    ADM_KICK = "adm.kick", "强制下线", "AM", 2, False, "让已登录的职员立即下线"
    ADM_AUDIT = "adm.audit", "查看操作日志", "AM", 2, False, "查看谁在何时做过什么操作"

    API_KEY = "api.key", "管理接口密钥", "A", 3, False, "发放与吊销外部系统的接口密钥"
    API_BOSS = "api.boss", "配置业务系统(BOSS)接口", "A", 3, False, "设置与业务系统（BOSS）的接口"
    API_LOG = "api.log", "查看接口日志", "AV", 2, False, "查看外部接口的调用记录"

    SYS_STATUS = "sys.status", "查看系统与磁盘状态", "AMV", 1, False, "查看引擎、磁盘与数据库的健康状况"
    SYS_STORAGE = "sys.storage", "设置存储与清理", "A", 3, False, "设置录音保存天数与磁盘清理"
    SYS_BACKUP = "sys.backup", "备份", "A", 2, False, "立即备份或设置定时备份"
    SYS_RESTORE = "sys.restore", "恢复", "A", 3, False, "用备份恢复系统，当前数据会被替换"
    SYS_UPDATE = "sys.update", "升级/回退", "AV", 3, False, "升级软件或退回上一版本"
    SYS_NETWORK = "sys.network", "网络设置", "A", 3, False, "设置本机的网络地址"
    SYS_TIME = "sys.time", "时间设置", "A", 2, False, "设置时间与时间服务器"
    SYS_LOG = "sys.log", "查看系统日志", "AV", 2, False, "查看系统运行日志"
    SYS_REMOTE = "sys.remote", "开启/关闭厂商远程支持", "A", 3, False, "允许或停止厂商远程支持"
    SYS_REBOOT = "sys.reboot", "重启/关机", "AV", 3, False, "重启或关闭本机"

    label: str
    description: str
    risk: int
    scoped: bool
    roles: frozenset[Role]
    area: Area

    def __new__(cls, value: str, label: str, letters: str, risk: int, scoped: bool, description: str) -> Self:
        permission = str.__new__(cls, value)
        permission._value_ = value
        permission.label = label
        permission.description = description
        permission.risk = risk
        permission.scoped = scoped
        permission.roles = frozenset(role for role in Role if role.letter in letters)
        permission.area = next(area for area in Area if value.partition(".")[0] in area.prefixes)
        return permission


ASKED_WITHIN = frozenset(
    {
        P.AGENT_BREAK_REASON, P.AGENT_DIAL_LOCAL, P.AGENT_DIAL_MOBILE, P.AGENT_DIAL_LONG, P.AGENT_DIAL_INTERNATIONAL,
        P.CALL_SEARCH_ADV, P.CALL_VIEW_NUMBER_FULL, P.CALL_SAVED_QUERY_SHARE, P.REC_DOWNLOAD, P.CUST_VIEW_ID,
        P.CUST_EDIT_STATUS,
    }
)  # fmt: skip
"""No address asks for these at its door, but something within one does."""
