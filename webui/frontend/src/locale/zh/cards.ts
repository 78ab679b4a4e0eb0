/** Line cards: what is plugged in, what is used, what is wrong. */
const messages = {
  cards: {
    title: '板卡与设备', none: '设置里没有板卡。', well: '正常', away: '不在', partly: '有端口故障', trial: '仅供试用或留言',
    family: { sim: '模拟板卡', dahdi: '电话卡', modem: '语音猫', cellular: '手机通信模块', soundcard: '声卡' },
    kind: { fxo: '外线', fxs: '话机', cellular: '手机线路' }, portOf: '{kind} {n}',
    spares: '已插上、还没有使用的设备', spareHow: '要使用它：在设置文件 settings.toml 里加上这几行，再重启电话系统。', copy: '复制', copied: '已复制',
  },
}

export default messages
