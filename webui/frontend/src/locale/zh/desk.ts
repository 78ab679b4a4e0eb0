export default {
  voicemail: {
    about: '只显示您可以听取的留言：留给您本人或下级的，以及您所在留言箱的。', states: { new: '未听', heard: '已听', done: '已处理' }, all: '全部',
    box: '留言箱', anyBox: '全部留言箱', left: '留言时间', from: '来电', for: '留给', length: '时长', state: '状态', assigned: '处理人', unassigned: '未指派', note: '备注',
    none: '没有留言。', noneFound: '没有符合条件的留言。', find: '来电号码', listen: '播放', close: '处理完毕', reopen: '重新打开', markHeard: '标为已听', markNew: '标为未听',
    callBack: '回拨', calledBack: '已回拨：{result}', calling: '正在回拨', signInFirst: '签入座席后才能回拨', heardBy: '{name} 于 {at} 听取', handledBy: '{name} 于 {at} 处理',
    assign: '指派给', noteExample: '处理情况', saveNote: '保存备注', saved: '已保存', delete: '删除留言', deleteSure: '删除后录音不能恢复，通话记录会保留。确定删除吗？',
    keys: '↑↓ 选择 · Enter 播放 · D 处理完毕 · R 回拨', due: '应于 {at} 前处理', openCall: '通话详情',
  },
  followUp: {
    about: '打进来没有接通的客户，按应回时间排列；客户再次打通或我们回通后自动结束。', states: { open: '待回电', overdue: '已超时', closed: '已结束' },
    kinds: { missed: '未接', call_back: '预约回电' }, due: '应回时间', overdue: '超时 {time}', left: '还有 {time}', days: '{days} 天 {hours} 小时', hours: '{hours} 小时 {minutes} 分', minutes: '{minutes} 分钟', from: '客户', why: '情况', calls: '来电 {n} 次', tries: '回拨未通 {n} 次',
    queue: '技能组', anyQueue: '全部技能组', owner: '负责人', together: '本组共同', first: '首次来电', dial: '拨打', end: '结束', endTitle: '不再回电', reason: '原因', reasonExample: '例如：用户已到营业厅办理',
    reasons: ['号码打不通', '用户已到营业厅', '重复登记', '骚扰电话'], endIt: '结束这一条', give: '指派给', history: '联系经过', find: '客户号码',
    none: '没有要回电的客户。', noneOverdue: '没有超时未回的客户。', noneFound: '没有符合条件的记录。', dialling: '话机振铃后请摘机，系统随即拨打 {number}',
    closings: { called_again: '客户再次打通', reached: '已回通', by_hand: '人工结束' }, closedBy: '{how} · {name}', closedAt: '结束时间',
    steps: { unserved: '来电未接通', booked: '预约回电', assigned: '指派给', tried: '回拨未通', called_again: '来电接通', reached: '回拨接通', by_hand: '人工结束' },
    day: { opened: '新增', served: '已联系上', inTime: '按时', open: '待回', overdue: '超时', byHand: '人工结束', withoutNumber: '无号码', linesBusy: '外线全忙', linesBusyAbout: '所有外线同时占用的时间，这段时间客户打不进来。', withoutNumberAbout: '没有来电号码的未接来电，无法回拨。', title: '当天统计' },
    rules: { title: '回电规则', due: '未接来电应在多少分钟内回', callBack: '预约回电应在多少分钟内回', hours: '时限只算哪些工作时间', always: '全天都算', beforeAnswer: '系统应答前就挂断的来电也要回' },
    pop: '有 {n} 条未接待回拨', popDue: '应于 {at} 前回电', popVoicemails: '有 {n} 条留言未处理', shown: '流程查到',
  },
}
