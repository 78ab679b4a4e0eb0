/** Versions of the box, updates, restart, factory reset. */
const messages = {
  updates: {
    about: '新版本写入另一个系统分区，重启后先试运行；自检不通过会自动退回，数据不受影响。升级期间电话照常接听。',
    now: '当前版本', noImage: '本机不是从厂家镜像启动的，请用 Debian 软件包升级（见安装说明）。',
    slot: '系统分区 {slot}', running: '正在运行', empty: '空',
    content: { good: '可用', trial: '试运行', failed: '自检未通过', empty: '空' },
    back: '退回 {version}', backAsk: '下次重启后使用 {version}，自检通过才会保留。现在准备退回吗？',
    file: '升级文件', choose: '选择升级文件', chooseHint: '厂家提供的 .update 文件，最大 1 GB。也可以把文件拖到这里。',
    uploading: '正在上传 {percent}%', stop: '停止上传', uploaded: '已上传 {mb} MB，还没有安装。', install: '检查并安装', discard: '丢弃',
    phase: {
      idle: '还没有升级过。', checking: '正在检查签名和内容…', writing: '正在写入 {version}…', ready: '已写入，等待重启', trial: '正在试运行', done: '升级完成', failed: '没有安装', returned: '已退回旧版本',
    },
    trialHint: '正在自检，几分钟内会有结果。',
    restart: '重启', restartHint: '等没有通话时才重启，重启约需一两分钟，期间不能接听电话。', restartNow: '现在重启', restartAt: '定时重启', at: '重启时间',
    planned: '将于 {time} 之后、没有通话时重启。', waiting: '有 {n} 个通话正在进行，结束后立即重启。', soon: '即将重启。', cancel: '取消重启', restartAsk: '没有通话时就会重启，期间不能接听电话。确定吗？',
    restarting: '本机正在重启，恢复后页面会自动刷新。',
    reset: '恢复出厂设置', resetHint: '清除本机全部通话记录、录音、客户、人员和设置，不能恢复。请先做好备份。', resetAsk: '全部数据将被清除并立即重启。确定请输入“{word}”：', resetWrong: '请输入“{word}”。',
  },
}

export default messages
