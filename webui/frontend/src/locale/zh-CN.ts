import workplace from './zh/workplace'
import desk from './zh/desk'
import monitoring from './zh/monitoring'
import people from './zh/people'
import customers from './zh/customers'
import flows from './zh/flows'
import interfaces from './zh/interfaces'
import settings from './zh/settings'
import wizard from './zh/wizard'
import recordings from './zh/recordings'
import lines from './zh/lines'
import calllog from './zh/calllog'
/** The source language. `en.ts` has the same shape; the compiler and a test see to it. */
const messages = {
  ...workplace,
  ...recordings,
  ...lines,
  ...calllog,
  ...desk,
  ...monitoring,
  ...people,
  ...customers,
  ...flows,
  ...interfaces,
  ...settings,
  ...wizard,
  product: '热线呼叫中心',
  pages: {
    interfaces: '接口', alarms: '告警', wallboard: '大屏',
    desk: '座席工作台', home: '首页', setup: '首次设置', login: '登录', live: '实时看板', calls: '通话记录', callsPrint: '打印通话记录', voicemails: '留言', followUps: '未接台账', customers: '客户', prompts: '提示音',
    users: '人员', roles: '角色权限', signIns: '登录情况', operations: '操作日志', phones: '虚拟电话', flows: '语音流程', flow: '流程编辑', lines: '线路', storage: '录音与存储', status: '系统状态', settings: '话务设置', wizard: '设置向导', missing: '没有这个页面',
  },
  groups: { desk: '工作', flows: '话务', people: '人员', system: '系统' },
  actions: {
    cancel: '取消', close: '关闭', delete: '删除', edit: '修改', more: '加载更多', retry: '重试', save: '保存',
  },
  look: { light: '切换到浅色', dark: '切换到深色' },
  errors: {
    http: {
      0: '连接不上呼叫中心主机，请检查网络后重试。',
      403: '没有权限进行这项操作，请联系系统管理员。',
      404: '要找的内容不存在，可能已被删除。',
      413: '文件太大，请压缩后再上传。',
      503: '系统暂时无法处理，请稍后重试。',
      other: '操作没有成功（错误 {status}），请稍后重试。',
    },
  },
  setup: {
    title: '首次设置', about: '为本机设置管理员，一分钟即可开始接听来电。',
    bureau: '单位名称', bureauExample: '例如 铜陵广电网络', hotline: '热线号码', hotlineExample: '例如 0562-96599',
    name: '管理员姓名', nameExample: '例如 王建国', password: '管理员密码', again: '再输入一次',
    hint: '管理员的登录名是 admin。单位名称和热线号码留空则沿用默认值，以后可以修改。', finish: '完成设置',
  },
  login: {
    about: '请登录', hotline: '热线 {number}', login: '登录名', password: '密码', enter: '登录',
  },
  password: {
    title: '修改密码', must: '当前密码是初始密码，请先换成自己的密码。', old: '当前密码', new: '新密码', again: '再输入一次新密码',
    differs: '两次输入的密码不一样', change: '修改', changed: '密码已修改',
  },
  missing: { text: '没有这个页面，地址可能写错了。', home: '回到首页' },
  nothing: { text: '您的账号还没有可以使用的功能，请联系系统管理员分配角色。' },
  shell: {
    navigation: '主菜单', skip: '跳到正文', hotline: '热线', leave: '退出登录',
    connecting: '正在连接…', well: '电话系统正常', offline: '连接已断开', down: '电话系统停止', simulated: '模拟线路',
    lost: '与主机的连接已断开，正在自动重连。电话不受影响，但页面上的状态可能不是最新的。', retryNow: '立即重连',
    engineDown: '电话系统没有运行，暂时不能接打电话，正在自动恢复。如果一分钟后仍未恢复，请联系系统管理员。',
  },
  seat: {
    bar: '我的座席', choose: '我的座席', placeholder: '选择座席', name: '{seat} · 分机 {station}', takenBy: '{name} 已签入',
    signIn: '签入', signOut: '签出', hint: '签入后，来电会振响这个座席的话机。', ready: '就绪', break: '小休',
    breakReasons: ['短暂离席', '用餐', '会议', '培训', '整理资料'],
    dial: '拨打', dialPlaceholder: '号码或分机', dialTo: '拨打 {number}',
  },
  agentStatus: { logged_out: '未签入', ready: '就绪', on_break: '小休' },
  agentState: { idle: '空闲', offered: '来电振铃', on_call: '通话中', wrap_up: '话后处理' },
  lineState: {
    out_of_service: '停用', idle: '空闲', ringing: '来电振铃', seized: '占用', dialing: '拨号中', talking: '通话中', releasing: '释放中',
  },
  stationState: {
    out_of_service: '停用', on_hook: '已挂机', ringing: '振铃', off_hook: '已摘机', talking: '通话中', flash_pending: '拍叉', howler: '久未挂好',
  },
  callState: {
    offered: '来电', in_flow: '语音导航', queued: '排队', alerting: '振铃', connected: '通话中', held: '保持', consulting: '咨询',
    in_voicemail: '留言中', dialing: '拨号中', ended: '已结束',
  },
  direction: { inbound: '来电', outbound: '去电', internal: '内部' },
  result: {
    talked: '已通话', self_served: '自助完成', hung_up_before_answer: '接听前挂断', hung_up_in_flow: '语音中挂断',
    abandoned_in_queue: '排队放弃', agent_no_answer: '座席未接', no_agent: '无人值守', voicemail: '转留言', busy: '对方忙',
    peer_no_answer: '对方未接', rejected: '拒接', line_fault: '线路故障',
  },
  side: { peer: '对方挂机', agent: '座席挂机', system: '系统结束' },
  cause: {
    seat_no_answer: '座席话机未接', glare: '来电与外呼相撞', busy_tone: '忙音', congestion_tone: '拥塞音', dial_tone: '拨号音', polarity: '反极', loop_break: '断线信号', silence: '长时间无声',
    hook: '话机挂机', ringing_stopped: '振铃停止', flow_ended: '流程结束', peer_busy: '对方占线', peer_no_answer: '对方无人接听',
    no_line_free: '外线全忙', not_allowed: '不允许拨打', no_such_number: '号码不存在', port_fault: '端口故障', card_lost: '板卡拔出', supervisor: '管理员强拆',
    max_duration: '超过最长通话时间', engine_restart: '电话系统重启', engine_stopped: '电话系统停止', internal_error: '内部错误',
  },
  callerId: {
    fsk: 'FSK 来电显示', dtmf: 'DTMF 来电显示', dtmf_unreliable: 'DTMF 来电显示（不完整）', by_device: '设备上报的来电显示', none: '线路没有送号码', withheld: '对方隐藏号码', unreadable: '号码收到但读不出', dialled: '所拨号码',
  },
  noRecording: { not_talked: '没有通话', rule: '规则不录音', too_short: '时间太短', disk: '磁盘空间不足', failed: '录音失败', cleaned: '已按清理规则删除', deleted: '已人工删除', lost: '文件丢失' },
  call: {
    detail: '通话详情', started: '开始时间', direction: '方向', peer: '客户号码', result: '结果', line: '外线', queue: '技能组', agent: '话务员',
    connected: '接通时间', wait: '等待', talk: '通话', total: '总时长', hangUpSide: '挂机', callerId: '来电显示', transfers: '转接', state: '状态',
    reasonAndSummary: '事由与摘要', recording: '录音', voicemail: '留言', noRecording: '没有录音：{why}。', timeLine: '通话经过',
    noNumber: '无号码', hangUp: '挂断',
  },
  step: {
    rang: '振铃', flow: '进入流程', answered: '系统应答', node: '语音', queued: '进入排队', offered: '振座席', agent_no_answer: '座席未接', picked_up: '代答',
    queue_left: '离开排队', overflowed: '转入另一技能组', connected: '接通', agent_hung_up: '座席挂机', voicemail: '留言', voicemail_left: '已留言', voicemail_empty: '没有留言',
    seat_rung: '先振座席', dialled: '拨号', refused: '拒绝拨打', line_seized: '占用外线', no_dial_tone: '没有拨号音', peer_answered: '对方应答', answerer: '接听的是', held: '保持',
    resumed: '恢复通话', consulted: '咨询', conference: '三方通话', transferred: '转接', transfer_returned: '转接未接，返回',
    pushed: '推送到流程', push_returned: '从流程返回', moved: '班长转移', recording_announced: '录音告知',
    recording_paused: '暂停录音', recording_resumed: '恢复录音', hung_up: '挂机',
    ring_failed: '话机未接', dial_failed: '外呼未通', far_end_hung_up: '对方挂机', survey: '邀请评价', rated: '已评价', call_back: '预约回拨',
    station: '分机 {station}', pressed: '按键 {digits}', uncertain: '推断',
  },
  exit: { served: '已接待', agents_no_answer: '座席未接', key_pressed: '按键离开', timeout: '超时未按键', invalid: '按键无效', no_agent: '没有座席', full: '排队已满', hung_up: '挂机', open: '上班时间', closed: '下班时间' },
  board: {
    listen: '监听', whisper: '耳语（只有话务员听见）', barge: '强插（三方通话）', superviseRings: '您的话机正在振铃，摘机即进入通话；按 1 监听、2 耳语、3 强插。',
    lines: '空闲外线', waiting: '正在排队', ready: '空闲话务员', calls: '进行中的通话',
    linesTitle: '外线', queuesTitle: '技能组', seatsTitle: '座席', callsTitle: '进行中的通话',
    lineNo: '第 {n} 线', seatNo: '座席 {n}', waitingCount: '{n} 人等待', longest: '最久 {time}', readyOf: '空闲 {ready}/{all}',
    agentsOfQueue: '空闲话务员 / 已签入话务员', nobody: '无人签入', talkedToday: '今日接听 {n}',
    engineDown: '电话系统恢复后，这里会显示外线、座席与通话。', noLines: '没有外线，请检查线路卡。', noQueues: '还没有技能组。', noSeats: '没有座席话机，请检查线路卡。', noCalls: '目前没有通话，电话空闲。',
    where: '位置', inState: '当前状态', total: '总时长', action: '操作', hangUpSure: '确定要挂断这个通话吗？双方会立即断开。',
    health: '语音时钟延迟 p99 {p99} ms · 最大 {max} ms · 超时 {overruns}', healthTitle: '电话系统每 20 毫秒处理一次语音，这里是处理是否准时。',
  },
  pop: {
    title: '来电弹屏', fold: '收起', close: '关闭', stranger: '陌生来电', strangerText: '这个号码还不是客户。', newCustomer: '新建客户',
    path: '语音经过', note: '事由与摘要', earlier: '以往通话', noEarlier: '没有以往通话。',
  },
  note: {
    reason: '呼叫事由', reasonPlaceholder: '选择事由', summary: '通话摘要', summaryPlaceholder: '客户说了什么，怎样答复的', saved: '已保存', kept: '已记下，通话结束后自动存入记录', notKept: '通话 {callId} 的事由或摘要没有存上：{text}', keys: 'Ctrl + Enter 保存',
  },
  player: {
    customer: '客户', seat: '座席', play: '播放', pause: '暂停', speed: '播放速度', position: '播放位置，左右键快退快进 5 秒', download: '下载录音',
    broken: '录音打不开，文件可能已被清理。',
  },
  calls: {
    count: '共 {n} 条', countCapped: '超过 {n} 条', export: '导出 Excel', news: '有 {n} 条新记录，点此刷新', end: '没有更多记录了',
    none: '还没有通话记录。打进热线的每个电话都会记在这里。', noneFound: '没有符合条件的通话，请放宽查询条件。',
  },
  search: {
    time_span: '时段', time_window: '每日时间、星期与假日', direction: '呼叫方向', result: '通话结果', talk_sec: '通话时长（秒）', wait_sec: '等待时长（秒）',
    peer_number: '客户号码', line: '外线通道', agent: '话务员', queue: '技能组', ivr_path: 'IVR 路径', transfer: '转接', reason: '呼叫事由',
    summary: '通话摘要', customer: '客户', cust_class: '客户类别', recording: '录音', voicemail: '留言', rating: '满意度', ticket: '工单',
    not: '非', notAbout: '取反：查找不符合这一条件的通话', notOf: '{name}取反', submit: '查询', clear: '清空', unfold: '更多条件', fold: '收起条件',
    hidden: '（已填 {n} 项）', any: '不限', match: '匹配方式', field: '查哪一项', since: '开始时间', until: '结束时间', today: '今天', yesterday: '昨天',
    sevenDays: '近 7 天', thirtyDays: '近 30 天', dayFrom: '每日从', dayUntil: '每日到', weekdays: '星期', dayKinds: '假日', min: '最小', max: '最大',
    numbersExample: '可填多个，用空格隔开', notTalked: '未通话（全部）', agentExample: '工号', node: '经过的节点', digits: '按键', target: '转给谁',
    noReason: '未填事由', wordsExample: '关键词，用空格隔开', statuses: '业务状态', levels: '级别', areas: '片区', typeAndEnter: '输入后按回车',
    whyNone: '无录音原因', voicemailFor: '留给谁', ticketYes: '有工单', ticketNo: '无工单', ticketNumbers: '工单编号', overdue: '超时', repeated: '重复/二次投诉',
    numberMatch: { contains: '包含', equal: '等于', begins: '开头', ends: '结尾', none: '无主叫' },
    wordMatch: { all: '全部词', any: '任一词', empty: '未填写' },
    customerMatch: { contains: '包含', equal: '等于', unknown: '陌生' },
    customerField: { any: '任一项', name: '姓名', code: '编号', card: '卡号', address: '地址' },
  },
  weekday: { 1: '周一', 2: '周二', 3: '周三', 4: '周四', 5: '周五', 6: '周六', 7: '周日' },
  dayKind: { workday: '工作日', weekend: '周末', holiday: '节假日' },
  transfer: { none: '无转接', agent: '转下一座席', external: '转外部号码', conference: '三方通话', senior: '转高级人员', queue: '转技能组', flow: '转语音流程' },
  recordingChoice: { yes: '有录音', no: '无录音', locked: '已锁定', checked: '已质检', unchecked: '未质检' },
  voicemailChoice: { yes: '有留言', no: '无留言', new: '未听', heard: '已听', done: '已处理' },
  rating: { satisfied: '满意', neutral: '一般', dissatisfied: '不满意', unrated: '未评价', not_invited: '未邀请' },
  export: {
    title: '导出 Excel', progress: '导出进度', rows: '正在写入 {done} / {total} 行', done: '已完成，共 {n} 行。', download: '下载文件', cancel: '取消导出',
    cancelled: '导出已取消。', failed: '导出没有成功，请重试。',
  },
  customer: {
    name: '姓名', numbers: '电话号码', code: '客户编号', card: '智能卡号', address: '地址', area: '片区', status: '业务状态', level: '级别', note: '备注',
    create: '新建客户', edit: '修改客户', find: '姓名、号码、卡号、地址的任意部分', none: '还没有客户，点“新建客户”登记第一位。', noneFound: '没有找到，换个说法试试。',
    numberNo: '第 {n} 个号码', numberExample: '例如 13905620001', addNumber: '再加一个号码', removeNumber: '去掉第 {n} 个号码',
    deleteSure: '确定删除客户“{name}”吗？通话记录会保留。',
  },
  prompts: {
    about: '客户在电话里听到的声音。可以换成本单位自己的录音（wav、mp3、m4a），随时可以恢复。', label: '提示音', text: '内容', length: '时长', source: '来源',
    own: '自录', builtIn: '内置', upload: '上传录音', restore: '恢复内置', restoreSure: '恢复后，自己的录音会被删除。', uploaded: '“{label}”已换成新录音',
    restored: '“{label}”已恢复为内置提示音', cannotPlay: '无法播放这个提示音。', none: '还没有提示音。',
  },
  phones: {
    about: '没有接线路时，用这里的电话代替：外部电话打进热线，座席话机接听。', outside: '外部电话（客户）', outsideOne: '外部电话 {n}', seats: '座席话机', stationOne: '分机 {n}', none: '没有虚拟电话。',
    handset: '我的耳机接到', noHandset: '不接', follow: '摘机时自动接过来', bell: '响铃声', earOn: '正在用耳机', earOff: '接耳机', earMine: '取下耳机', earTake: '用耳机接这部电话', lamp: '有新留言',
    pickUp: '摘机', hangUp: '挂机', answer: '接听', keypad: '拨号键盘', callFrom: '来电号码', overLine: '拨入外线', anyLine: '任一空闲外线', callHotline: '拨打热线',
    flash: '拍叉', seatHint: '摘机后拨分机，或拨 9 加外部号码。', faults: '故障', faultsTitle: '线路故障模拟', faultsAbout: '打开开关，模拟这条外线出现的故障，看系统如何应对。',
    status: { on_hook: '已挂机', off_hook: '已摘机', ringing: '振铃中…', ringing_out: '等待接听', talking: '通话中', hung_up: '对方已挂机', busy: '忙音' },
    microphone: {
      off: '声音未打开：摘机或接耳机时会请求麦克风', asking: '请在浏览器中允许使用麦克风', on: '麦克风和扬声器已打开', refused: '麦克风未获允许：听得到，但对方听不到您',
      missing: '没有找到麦克风：听得到，但对方听不到您', unsupported: '此地址不能使用声音：请用 https 或在本机用 localhost 打开',
    },
    fault: {
      unplugged: { name: '线路断开', about: '电话线被拔掉或断线' },
      stuck_ring: { name: '振铃不停', about: '交换机一直振铃' },
      crosstalk: { name: '串音', about: '听到别人的通话' },
      clipped: { name: '削波失真', about: '声音太大而破音' },
      twisted_dtmf: { name: '按键音失真', about: '双音高低不平衡，难以识别' },
      no_hang_up: { name: '无挂机信号', about: '对方挂机后线路没有任何信号' },
      card_out: { name: '拔出板卡', about: '整块板卡拔出：所有外线和话机中断，插回后自动恢复' },
    },
  },
  answerer: { person: '真人', machine: '应答机或录音', fax: '传真机' },
  lineTrouble: { hum: '交流声', noise: '杂音', clicks: '咔嗒声', drift: '信号音变化' },
  lines: {
    well: '声音正常', unknown: '还没有听过', fault: '线路故障', about: '每条外线的状态和音质；电话系统在通话中边听边学，不用设置。',
    engineDown: '电话系统没有运行，看不到线路。', none: '没有外线，请检查线路卡。',
    wait: '还没有足够的声音，打过一个电话后才能判断。',
    advice: {
      hum: '有交流声：检查电话线是否靠近电源线，或请运营商检查绝缘。', noise: '有杂音：检查接头是否松动、受潮，或请运营商检查线路。',
      clicks: '有咔嗒声：多为接触不良，检查接线盒和水晶头。', drift: '交换机的信号音变了，系统已记下；若挂机识别变慢，请告知维护人员。',
    },
    heard: '音质', taught: '学到的', level: '声音', noise: '底噪', hum: '交流声', clicks: '咔嗒声', perMinute: '{n} 次/分',
    busy: '忙音', congestion: '拥塞音', tone: '{hz} 赫兹，响 {on} 秒停 {off} 秒，{level} dBm0（{calls} 次通话）', callerId: '来电显示',
    callerIdKind: { fsk_bell202: 'FSK（Bell 202）', fsk_v23: 'FSK（V.23）', dtmf: 'DTMF', by_device: '由设备上报' }, ring: '振铃', ringTimes: '响 {on} 秒停 {off} 秒',
    answer: '应答信号', reversed: '有反极（{n} 次）', inferred: '没有反极，靠听声音判断（{n} 次）', measuredAt: '{time} 测得，听了 {n} 秒',
  },
  status: {
    sum: { good: '一切正常', warn: '可以使用，但有需要留意的地方', bad: '有故障，请尽快处理' },
    kind: { good: '正常', warn: '留意', bad: '故障' },
    names: { engine: '电话系统', sound: '语音准时', overruns: '语音中断', realtime: '实时优先级', disk: '磁盘空间', recordings: '录音文件', database: '数据库', ingest: '记录入库', memory: '内存占用' },
    engineUp: '正在运行，已连续运行 {time}。', engineDown: '没有运行，暂时不能接打电话。', minutes: '{n} 分钟', hours: '{n} 小时 {m} 分钟', days: '{n} 天 {h} 小时',
    sound: { good: '准时，延迟 {ms} 毫秒。', warn: '略有延迟（{ms} 毫秒），通话一般不受影响。', bad: '延迟过大（{ms} 毫秒），通话可能有断续。' },
    overruns: '启动以来有 {n} 次来不及处理，可能听到短暂停顿。', noOverruns: '启动以来没有中断。',
    realtime: '已启用，其他程序忙时通话不受影响。', noRealtime: '未启用，机器很忙时通话可能断续。',
    disk: { good: '还剩 {size}。', warn: '还剩 {size}，请安排清理。', bad: '只剩 {size}，录音即将无法保存，请立即清理。' },
    databaseWell: '工作正常。', databaseBad: '没有响应。通话不受影响，记录会在恢复后补上。', upToDate: '没有积压。', behind: '落后 {n} 秒，通话记录稍后出现。',
    memory: '电话系统 {engine}，网页服务 {web}。', planVersion: '话务配置第 {n} 版', ticks: '已处理 {n} 个语音周期',
  },
}

export type Messages = typeof messages
export default messages
