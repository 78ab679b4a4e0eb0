/** Words of live board, wallboard and alarms. */
const monitoring = {
  monitoring: {
    now: '现在', day: '今天',
    figure: {
      lines: '空闲外线', waiting: '正在排队', longestNow: '最久等待', ready: '空闲话务员', calls: '进行中通话',
      dayCalls: '今日来电', dayAnswered: '人工接听', dayAbandoned: '排队放弃', dayWait: '平均等待', dayLevel: '及时接通率',
    },
    levelAbout: '要求人工的来电中，等待不超过 {n} 秒即接通的占比',
    allQueues: '全部技能组', allTeams: '全部班组',
    queueDay: '今日接听 {answered} · 未接 {lost}', order: '按接听顺序排列的等待者',
    priority: '优先 {n}', waited: '已等待', expected: '预计还需 {time}', nobodyServes: '无人可接', soon: '即将接通',
    move: '转移', moveTitle: '转移来电 {number}', moveTo: '转到哪里', choose: '请选择', moved: '已转移。', gone: '这位客户已经挂机，不能再转移。',
    to: { queue: '技能组', seat: '座席', flow: '语音流程', outside: '外部号码' },
    column: { seat: '座席', name: '话务员', state: '状态', since: '持续', talked: '今日通话', missed: '未接' },
    talked: '{n} 次 {time}', missed: '连续 {n} 次', skipped: '{time} 前不派',
    change: '改状态', force: { ready: '置为就绪', on_break: '置为小休', logged_out: '强制签出' },
    forced: '{name}已改为“{status}”。', signOutSure: '确定要签出{name}吗？签出后不再派来电，正在进行的通话不受影响。',
    nobodyHere: '所选技能组或班组目前没有人签入。',
    displays: '大屏链接', displaysAbout: '为每台电视生成一个链接，电视上不用登录，也不会自动退出。大屏不显示客户号码，不能操作；停用后立即失效。',
    displayLabel: '位置', displayExample: '例如 话务大厅', displayQueues: '显示的技能组', displayAgents: '显示话务员姓名和状态', displayAdd: '生成链接', displayBy: '生成',
    displayOnce: '链接只显示这一次，请在电视的浏览器里打开：', retire: '停用', retireSure: '停用后这台大屏立即不再显示。',
  },
  wall: {
    waiting: '正在排队', longest: '最久等待', ready: '空闲话务员', talking: '通话中', level: '及时接通率', answered: '今日接听', lost: '今日未接', free: '空闲外线', calls: '今日来电',
    queueReady: '空闲 {ready} / {all}', expected: '预计等待 {time}', nobody: '无人',
    down: '{n} 条外线故障', engineDown: '电话系统没有运行，正在恢复', lost_connection: '与主机的连接已断开，正在重连，数字不是最新的', full: '全屏',
    noLink: '这个页面需要大屏链接。请在“实时看板”的“大屏链接”里为这台电视生成一个。',
  },
  alarms: {
    rulesName: '自检', rulesWell: '没有发现状态矛盾', rulesBroken: '启动以来发现 {n} 处状态矛盾，已记入日志，请联系厂商',
    about: '线路、排队和系统的异常：何时发生、何时恢复、谁已处理。', rules: '告警规则', log: '查看', all: '全部', lasting: '未恢复', which: '范围',
    anyKind: '全部种类', anyLevel: '全部级别', state: '状态', over: '已恢复', levelTitle: '级别', kindTitle: '种类', text: '内容', raised: '发生', lasted: '持续', acknowledged: '确认',
    acknowledge: '知道了', acknowledgeAll: '全部知道了', others: '另有 {n} 条', mute: '关闭提示音', unmute: '打开提示音', soundOn: '提示音已开', soundOff: '提示音已关',
    none: '还没有发生过告警。', noneFound: '没有符合条件的告警。', saved: '告警规则已保存，立即生效。',
    rulesAbout: '达到门槛并持续一段时间才告警，恢复并稳定一段时间才解除，因此数值抖动不会反复告警。', service: '及时接通：等待不超过', serviceAbout: '看板和大屏按此计算及时接通率。',
    on: '启用', threshold: '门槛', after: '持续（秒）', clear: '恢复稳定（秒）', sound: '提示音', seconds: '秒', people: '人', days: '天', asNew: '恢复默认',
    level: { grave: '严重', warn: '警告', notice: '提示' },
    kind: {
      line_down: '外线故障', no_dial_tone: '没有拨号音', lines_busy: '外线全忙', queue_long: '排队过多', wait_long: '等待过久', disk: '磁盘空间',
      engine_down: '电话系统停止', engine_restarted: '电话系统重启', web_restarted: '网页服务重启', rules_broken: '状态矛盾', journal_behind: '入库滞后', clock_jump: '时间跳变', clock_unsure: '时间不准', database: '数据库',
      backup_failed: '备份失败', backup_old: '备份过期',
    },
    aboutKind: {
      line_down: '电话线没有插好、断线，或线路卡故障', no_dial_tone: '外呼或线路测试时没有听到拨号音', lines_busy: '所有外线都被占用，新来电打不进来', queue_long: '一个技能组里等待的人数', wait_long: '一个技能组里等得最久的人',
      disk: '低于“录音与存储”里的提醒线、清理线或停录线', engine_down: '电话系统没有运行的时间', engine_restarted: '电话系统意外中断后自动恢复', web_restarted: '网页服务意外中断后自动恢复',
      rules_broken: '电话系统自检发现不该出现的状态', journal_behind: '通话记录进入查询的滞后时间', clock_jump: '系统时间被调整的幅度', clock_unsure: '没有硬件时钟，断电后还没有校准', database: '数据库文件损坏，或刚用副本恢复',
      backup_failed: '最近一次备份没有成功', backup_old: '连续多少天没有成功备份',
    },
  },
}

export default monitoring
