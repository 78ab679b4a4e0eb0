/** Recordings of a call and the disk they lie on. */
const messages = {
  recordings: {
    lock: '锁定，不清理', locked: '已锁定，任何清理都不会删除这条录音。', unlock: '解除锁定', delete: '删除录音',
    deleteAsk: '录音删除后不能恢复，通话记录和校验值会保留。确定删除吗？', proof: '导出举证材料', proofHint: '压缩包里有录音、通话记录、校验数据和可离线打开的校验页',
    chain: '校验值', noChain: '录制时还没有校验功能', gone: { cleaned: '已按清理规则删除', deleted: '已人工删除', lost: '文件丢失' },
    goneAt: '{time}，{by}', evidence: '挂断前 5 秒', evidenceHint: '本机自动挂断前线路上的声音，可以听一听判断得对不对',
    notes: '批注', noNotes: '还没有批注。播放到要批注的地方，再写下来。', noteAt: '在 {time} 处批注', noteSave: '添加', noteDelete: '删除批注', noteGo: '跳到 {time}',
  },
  storage: {
    about: '录音保存在本机磁盘上。空间不够时先删最早的、没有锁定的录音；锁定的录音和留言永远不会被自动删除。',
    free: '可用 {free}，共 {total}', used: '录音占用 {size}（{count} 条，{hours} 小时）', rest: '其他占用', level: { good: '空间充足', warn: '需要留意', clean: '正在清理', stop: '已停止录音' },
    day: '最近每天约 {size}', daysLeft: '按此速度约 {n} 天后开始清理', plenty: '按此速度十年内不会占满', full: '已到清理线',
    picture: '磁盘空间', marks: '三道水位线', marksAbout: '可用空间低于一道线时，系统依次提醒、清理、停录。',
    warn: '提醒线', warnHint: '低于它时页面提醒；按录音速度两周内将到清理线时也会提前提醒。', clean: '清理线', cleanHint: '低于它时从最早的录音开始删除，直到比它高出十分之一。锁定的录音不删。',
    stop: '停录线', stopHint: '低于它时新的通话不再录音，通话不受影响。填 0 用系统设置的 {size}。', keep: '保存天数', keepHint: '超过天数且没有锁定的录音会被删除。填 0 表示空间够就一直保存。',
    evidence: '挂断证据保存天数', evidenceHint: '自动挂断前 5 秒的声音保存多少天。填 0 表示一直保存。', checkAt: '每晚检查时间', checkAtHint: '每晚在这个时间核对录音文件、通话记录和校验值。',
    gb: 'GB', days: '天', saved: '已保存，马上生效。', dirty: '有改动还没有保存', reset: '放弃改动',
    check: '录音检查', checkNow: '立即检查', checkAll: '全部重新校验', cleanNow: '立即清理', cleanAsk: '现在按保存天数和清理线删除没有锁定的录音，删除后不能恢复。确定吗？',
    running: { check: '正在检查：{done} / {total}', clean: '正在清理：已删除 {done} 条' }, started: '已开始，不影响通话。',
    never: '还没有检查过。每晚 {time} 自动检查，也可以现在就检查。', checked: '{time} 检查了 {n} 条录音，重新校验了其中 {verified} 条（{hours} 小时）。',
    stopped: '这次检查没有做完。', well: '录音文件、通话记录和校验值全部一致。', found: '发现 {n} 处问题', more: '只列出前 {n} 处。', repaired: '已修复', open: '待处理',
    kind: {
      ledger_broken: '账本被改', changed: '录音被改', header: '文件头不符', missing: '文件丢失', orphan: '无主文件', empty: '空文件', left_over: '清理遗留', found_again: '失而复得',
      unproven: '校验值不符', changed_while_down: '停机时被改',
    },
    where: '位置', what: '情况', result: '处理', toCall: '查看通话', withoutChain: '另有 {n} 条录制于启用校验之前，只检查了文件。',
    head: '账本最新校验值', headHint: '把它抄在别处，以后就能证明在此之前的录音没有被整体替换。', copy: '复制', copied: '已复制',
    outages: '停机时段', outagesHint: '这些时间本机没有工作，不会有录音。', orderly: '正常停机', cut: '断电或故障', noOutages: '没有停机记录。', unknown: '不明',
    lastClean: '上次清理', cleanNever: '还没有清理过。', cleanDone: '{time}：按天数删除 {age} 条，因空间不足删除 {space} 条，清除过期挂断证据 {evidence} 条，腾出 {size}。',
    cleanShort: '可用空间仍低于清理线：剩下的录音都已锁定，或占用空间的不是录音。请腾出空间或解锁部分录音。',
    lockedList: '锁定的录音', lockedNone: '没有锁定的录音。在通话详情里可以锁定。', lockedCount: '{n} 条', from: '开始时间', peer: '对方', agent: '话务员', length: '通话时长',
  },
}

export default messages
