/** Short messages. */
const messages = {
  sms: {
    about: '和用户的短信往来。收到的短信先存进流水再从 SIM 卡删除，断电也不会丢。',
    find: '号码、姓名或内容', unreadOnly: '只看未读', write: '写短信', templates: '短信模板', none: '还没有短信往来。点“写短信”发出第一条。', noneFound: '没有符合条件的短信。',
    choose: '从左边选择一个会话，或点“写短信”。', unread: '{n} 条未读', you: '本台', stranger: '陌生号码', openCustomer: '客户资料', newCustomer: '新建客户', dial: '拨打', ofCustomer: '只看客户 {name}', ofOne: '短信', earlier: '更早的短信',
    number: '收信号码', numberExample: '手机号码', text: '短信内容', textExample: '写给 {name} 的短信', send: '发送', sendHint: 'Ctrl + 回车发送', useTemplate: '套用模板', noTemplates: '还没有模板', queued: '已放入发件箱',
    counter: '{units} 字，计 {parts} 条', cost: '约 {yuan} 元', tooLong: '最多 {most} 条，请缩短', today: '今天已发 {used} / {limit} 条，{yuan} 元', waiting: '{n} 条待发',
    missing: '缺 {n} 段', partsOf: '{n} 条', costOf: '{yuan} 元',
    states: { received: '收到', queued: '待发', sending: '发送中', retrying: '稍后重发', sent: '已发出', delivered: '已送达', undelivered: '未送达', failed: '发送失败' },
    again: '重发', againSure: '把这条短信再发一次？',
    simulated: '模拟短信', simulatedAbout: '本机使用模拟板卡，短信不会真的发到网络上；发出的短信一律回报“已送达”。', simulatedCome: '模拟用户来信', simulatedFrom: '用户号码', simulatedText: '用户发来的内容', simulatedSend: '模拟收到',
    noModule: '本机没有接 4G 模块，不能收发短信。', noModuleHow: '可接 Quectel EC20 / EC25 / EG25 或 SIMCom SIM7600 模块（USB），插入已开通短信的 SIM 卡，再到页面“线路”里点“使用这个设备”。',
    engineDown: '电话系统没有运行，暂时不能发短信；收到的短信会留在 SIM 卡上，恢复后自动读取。',
    module: '模块', signal: '信号 {dbm} dBm', noSignal: '信号未知', notWorking: '有故障', sims: { missing: '没有 SIM 卡', pin: '要 PIN', puk: 'SIM 卡已锁', faulty: 'SIM 卡异常' }, roaming: '漫游', kept: 'SIM 卡上 {kept} / {room} 条', line: '第 {line} 线', searching: '正在登录网络…', ownNumber: '本机号码 {number}',
    templateName: '名称', templateText: '内容', templateNew: '新增模板', templateRemove: '删除模板 {name}', templateAbout: '写短信时可以一点套用。{mark}会换成客户姓名。', templateSaved: '模板已保存',
  },
}

export default messages
