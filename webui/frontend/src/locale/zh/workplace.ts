/** The agent's work place. */
const messages = {
  desk: {
    call: '当前通话', caller: '来电客户', softkeys: '通话按键', rings: '来电振铃', lift: '请摘机接听', asked: '同事向您咨询', recording: '录音中', recordingPaused: '录音已暂停', result: '流程结果',
    ringing: '来电 {who}', station: '分机 {station}', withOther: '已转给 {name}', givenAway: '已转出', closeScreen: '关闭',
    lostTaken: '{who} 的来电由 {name} 接听', lostEnded: '{who} 的来电已挂断', lostOn: '{who} 的来电没有接听，已转往别处',
    signedOut: '还没有签入座席', signedOutAbout: '在上方选择座席并签入，来电才会振响您的话机。',
    onBreak: '正在小休', onBreakAbout: '小休期间不派来电。回来后请点“就绪”。',
    idle: '等待来电', idleAbout: '来电振铃时，客户资料会自动出现在这里，摘机即可接听。',
    wrapUp: '话后处理', wrapUpAbout: '整理好记录后点“完成，就绪”，或等时间到自动就绪。', wrapUpDone: '完成，就绪',
    keysHint: '按 ? 查看快捷键', keysTitle: '快捷键', keysAbout: '按住 Alt 再按字母，任何时候都可以，正在输入文字时也可以。', chooserKeys: '上下键选择，回车确定，Esc 关闭',
    consultTitle: '咨询', consultFind: '同事姓名、分机，或外部号码', transferTitle: '转接给', transferFind: '同事、技能组、流程，或外部号码',
    noTarget: '没有找到。可以输入同事姓名、分机或外部号码。', favourites: '常用', recent: '最近用过', colleagues: '同事', queues: '技能组', flows: '流程', outside: '外部号码', favourite: '常用：{name}',
    queueNow: '排队 {waiting} · 就绪 {ready}',
    pushTitle: '转流程验证', pushAbout: '客户按语音提示输入卡号、密码等，按键您听不到，也不录音；流程结束后客户回到您这里。', pushFlow: '流程', pushFlowPlaceholder: '选择流程', pushValue: '带给流程的内容（可不填）', pushValueExample: '例如 智能卡号', pushSend: '转到流程',
    bind: '关联客户', bindOther: '换一位客户', bindTitle: '{number} 是哪位客户', bindNone: '没有找到，可以新建。', bindHint: '输入姓名、号码、卡号或地址的任意部分查找。', bindNew: '新建客户 {number}', pressed: '按键 {keys}',
    myQueues: '我的技能组', noQueues: '没有分到技能组。', waiting: '排队', longest: '最长等待', expected: '预计等待', nobody: '无人',
    alone: '没有其他同事签入。', pickUp: '代接', recentCalls: '我的最近通话', noRecent: '今天还没有通话。', unfiled: '未填事由',
    note: { hint: '边说边写，自动保存。', waiting: '正在保存…', saving: '正在保存…', saved: '已保存', refused: '没有保存：' },
    ring: { title: '来电提醒', sound: '电脑响铃', notify: '桌面通知', insecure: '桌面通知需要用 https 打开本系统。' },
    again: { title: '请重新登录', about: '登录已过期。重新登录后，页面和已写的内容都在。', other: '换人登录' },
  },
  softkey: {
    hold: '保持', resume: '取回', consult: '咨询', transfer: '转接', complete_transfer: '转出', cancel_consult: '取消咨询', conference: '三方', push: '验证',
    pause_recording: '停录', resume_recording: '续录', hang_up: '挂断',
  },
  phase: { talking: '通话中', held: '保持中', calling: '正在呼叫 {third}', consulting: '与 {third} 咨询中', conference: '与 {third} 三方通话', pushed: '客户在流程中' },
  presence: { free: '空闲', busy: '忙', break: '小休', away: '未签入', fault: '话机停用' },
  deskKey: {
    hold: '保持、取回', consult: '咨询、取消咨询', transfer: '转接、转出', conference: '三方通话', push: '转流程验证', recording: '暂停、恢复录音', hangUp: '挂断',
    pickUp: '代接同事的来电', status: '就绪、小休', dial: '拨号', reason: '填事由', summary: '写摘要', customer: '关联客户', next: '下一位客户', help: '快捷键说明',
  },
}

export default messages
