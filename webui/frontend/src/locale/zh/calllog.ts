/** Around the list of calls: columns, kept searches, print. */
const messages = {
  callColumn: {
    started_at: '开始时间', direction: '方向', result: '通话结果', peer_number: '客户号码', customer_name: '客户', cust_status: '业务状态', cust_level: '客户级别', area: '片区',
    line: '外线', queue: '技能组', agent: '工号', agent_name: '话务员', station: '分机', ring_s: '振铃', wait_s: '等待', talk_s: '通话', total_s: '总时长', reason: '呼叫事由',
    summary: '通话摘要', recording: '录音', voicemail: '留言', rating: '满意度', ticket: '工单', hang_up_side: '挂机方', hang_up_cause: '挂机原因', answered_at: '应答时间',
    connected_at: '接通时间', ended_at: '结束时间', peer_number_raw: '原始号码', peer_name: '来电名称', caller_id: '来电显示', hotline: '热线号码', agents: '参与坐席',
    transfers: '转接', call_id: '通话编号',
  },
  calllog: {
    has: '有', between: '{min}–{max} 秒', active: '正在使用的条件', removeAll: '全部清除', sortBy: '按{name}排序', widthOf: '{name}列宽，可拖动或用左右键调整',
    columns: '列', columnsAbout: '勾选要显示的列；拖动表头可换位置，拖动列边可调宽度。', columnsReset: '恢复默认列', earlier: '上移{name}', later: '下移{name}',
    saved: '常用查询', saveThis: '保存当前查询', save: '保存查询', change: '修改查询', name: '名称', nameExample: '例如 今天漏接的报修电话', everything: '全部通话，没有条件',
    begin: '打开通话记录时先用这个查询', share: '共享给其他人使用', shared: '已共享', ofOthers: '他人共享', recent: '最近用过', noneSaved: '还没有保存的查询。设好条件后保存，下次一点就能用。',
    deleteSure: '确定删除查询“{name}”吗？', changeOf: '修改查询{name}', deleteOf: '删除查询{name}', idleNot: '先填写条件，“非”才起作用。', pending: '条件已改，点“查询”生效',
    units: '部门或班组', wholeFlow: '{name}（整个流程）', orStep: '再加一步（任一步经过即可）', dropStep: '去掉这一步', ticketKinds: '类型', ticketStatuses: '状态',
    masked: '您看不到完整号码，文件里的号码同样带星号。', print: '打印', keys: '↑↓ 选择，回车看详情，空格听录音，/ 查询', counting: '正在数…',
    trouble: '个人设置没有保存：{why}',
    printTitle: '通话记录清单', printBy: '{by} 打印于 {at}', printCount: '共 {n} 条', printCut: '共 {total} 条，此处是前 {n} 条；请缩小查询范围，或导出 Excel。', printAll: '条件：全部通话', printWhere: '条件：',
    printNow: '打印', printWait: '正在准备…', printNone: '没有符合条件的通话，没有内容可打印。', printBroken: '打印地址不完整，请回到通话记录重新点“打印”。',
    bind: '关联客户', bindFind: '姓名、号码、卡号、地址的任意部分', bindNone: '没有找到这位客户。', bindNew: '新建客户', unbind: '取消关联', stranger: '陌生来电，还没有关联客户。',
    quiet: '跳过静音', quietHint: '两边都不说话超过 2 秒时跳过', here: '在录音中听这一刻',
  },
}

export default messages
