const prompts = {
  phoneTake: {
    way: '用座席话机录', record: '录音', phone: '用哪部话机', ring: '振铃这部话机',
    about: '话机响后拿起听筒，听到“嘀”声后说话，说完挂机；在这里试听，满意再保存。',
    ringing: '话机正在响：请拿起听筒。', speaking: '请在“嘀”声后说话，说完挂机或按 #。', nothing: '没有录到声音：无人接听，或没有说话就挂机了。请重试。',
  },
}

export default prompts
