/** Testing an outside line by itself. */
const messages = {
  lineTest: {
    start: '测试线路', again: '再测一次', running: '正在测试，约 8 秒，与另一条外线互测约 30 秒…', hint: '摘机听拨号音，再测底噪、交流声和回声。线路空闲时才能测；测试中有来电会立即接入来电。',
    at: '{time} 测试', good: '测试正常', late: '测试没有结果，请稍后再试。', dial: '拨号音', none: '没有', noise: '底噪', hum: '交流声', echo: '回波损耗', byPitch: '各频率回波损耗',
    pair: '与 {line} 号外线互测', there: '去', back: '回', loss: '衰减',
    finding: {
      no_dial_tone: '没有拨号音：检查电话线是否插好，或线路是否停机。', dial_pitch: '拨号音频率不是 450 赫兹：可能接在小交换机后面，挂机识别也会受影响，请告知维护人员。',
      dial_weak: '拨号音太弱：线路太长或接触不良，双方听起来都会小，请运营商检查。', hum: '交流声大：检查电话线是否靠近电源线，或请运营商检查绝缘。',
      noise: '杂音大：检查接头是否松动、受潮，或请运营商检查线路。', echo: '回声大：检查是否并接了别的话机，线路中间是否有坏接头；话务员可能听到自己的声音。',
      pair_silent: '呼叫本机另一条外线没有接通：检查两条线路填写的号码，或线路是否停机。', pair_weak: '两条外线之间声音太小：线路太长或接触不良，请运营商检查。',
      interrupted: '测试时有来电，已让给来电，没有测完。', line_lost: '测试中线路断开，没有测完：检查插头。',
    },
  },
}

export default messages
