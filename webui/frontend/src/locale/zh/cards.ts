/** Line cards: what is plugged in, what is used, what is wrong. */
const messages = {
  cards: {
    title: '板卡与设备', none: '设置里没有板卡。', well: '正常', away: '不在', partly: '有端口故障', trial: '仅供试用或留言',
    family: { sim: '模拟板卡', dahdi: '电话卡', modem: '语音猫', cellular: '手机通信模块', soundcard: '声卡' },
    kind: { fxo: '外线', fxs: '话机', cellular: '手机线路' }, portOf: '{kind} {n}',
    spares: '已插上、还没有使用的设备', spareHow: '登记后，等没有通话时电话系统会自动重新启动（约十秒），设备就可以用了。',
    use: '使用这个设备', used: '已登记', useTitle: '使用 {name}', restart: '电话系统将在没有通话时重新启动，约十秒。正在进行的通话不受影响。',
    lines: '外线插口数', stations: '话机插口数', socketsAbout: '按板卡上实际装的模块填写。', pin: 'SIM 卡 PIN', pinAbout: '没有设 PIN 就留空。填错只试一次，不会锁卡。', autoAnswer: '自动接听', autoAnswerAbout: '音箱用：呼叫它时自动接听，通话结束自动挂机。',
    waiting: '等待通话结束，随后电话系统自动重新启动…', waitingCard: '等待重新启动', drop: '不再使用', dropTitle: '不再使用 {name}？', dropText: '它的外线和座席会从设置里删除，以前的通话记录和录音不受影响。电话系统将在没有通话时重新启动，约十秒。',
    free: '未接入', makeLine: '作为外线使用', makeSeat: '作为座席话机使用', madeLine: '已接入，可在设置“外线”里改名、选择来电流程。', madeSeat: '已接入，可在设置“座席与话机”里改座席和分机号。',
  },
}

export default messages
