export default {
  wizard: {
    title: '设置向导', about: '几分钟，从空白机器到第一个电话。每一步都可以跳过，以后随时回来接着做。', skip: '跳过', back: '上一步', next: '保存，下一步', finish: '完成', done: '已完成', skipped: '已跳过',
    leave: '以后再做', step: '第 {n} 步，共 {all} 步',
    steps: { bureau: '单位和热线', lines: '外线', seats: '座席话机', staff: '职员', welcome: '欢迎词', flow: '语音流程', test: '试打电话' },
    bureau: { about: '客户看到和拨打的是什么。', hotline: '热线号码', example: '例如 0562-96599', derived: '由热线号码得出', areaExample: '例如 0562', numberOk: '{number}：区号 {area}，本地号码 {rest}', numberShort: '热线号码没有带区号：请在下面填写区号。', numberBad: '应为号码，可带区号，例如 0562-96599。' },
    lines: {
      about: '线路卡上找到 {n} 条外线。用手机拨打每条线的号码：机器收到振铃，那一行就会亮。', none: '没有找到外线。请检查线路卡是否插好、驱动是否装好，也可以先跳过。', name: '名称', state: '现在', tested: '测试', heard: '收到振铃 {time}', waiting: '等待来电…',
      ring: '模拟来电', count: '已测试 {n} / {all}',
    },
    seats: { about: '逐个拿起每部话机的听筒：对应的一行会亮，并显示它的分机号。', none: '没有找到座席话机插口。请检查线路卡，也可以先跳过。', station: '分机 {n}', seat: '座席 {n}', lifted: '已摘机 {time}', waiting: '等待摘机…', lift: '模拟摘机', count: '已找到 {n} / {all}' },
    staff: {
      about: '接电话的人。工号用来签入座席，也是网页登录名；初始密码由系统生成，第一次登录时本人修改。', paste: '从表格粘贴', pasteExample: '每行：姓名、工号、角色（可省略），例如：\n张三\t1002\t话务员\n李四\t1003\t班长', read: '读入 {n} 人', name: '姓名', number: '工号', role: '角色', password: '初始密码', add: '添加一行',
      create: '建立 {n} 个账号', created: '已建立', print: '打印初始密码', printTitle: '{bureau} 初始密码', keep: '离开这一步后，这些密码不再显示，请先打印或抄下。', existing: '已有 {n} 个带工号的账号：{names}', bad: '第 {line} 行没有姓名或工号', roles: { agent: '话务员', leader: '班长', manager: '主管' }, nothing: '还没有填写任何人。',
    },
    welcome: {
      about: '客户打进来先听到的一句话。可以用麦克风录、上传录音，或写成文字由内置语音朗读。', current: '现在的欢迎词', builtIn: '内置', own: '自录', record: '开始录音', stop: '停止', recording: '正在录音 {s} 秒…', upload: '上传文件', speak: '朗读文字', text: '您好，欢迎致电{bureau}客户服务热线。', textLabel: '文字',
      speakNow: '用内置语音生成', replaced: '欢迎词已更换', noMicrophone: '用不了麦克风：请允许浏览器使用麦克风，或改用上传。在其他电脑上录音需要 https。', restore: '恢复内置',
    },
    flow: { about: '来电听到什么、按哪个键到哪里。以后可以在“语音流程”里任意修改。', current: '正在使用', choose: '用这个', chosen: '已启用“{name}”', nodes: '{n} 个节点' },
    test: {
      about: '最后打一个电话试试：从外面打进来，走完流程，座席接听。', sit: '先坐到一个座席', sitAbout: '签入后，来电会振响这个座席的话机。', signedIn: '您已签入座席 {seat}。', callReal: '请用手机拨打 {hotline}。', callSim: '模拟客户拨打热线', press: '按键 {key}', answer: '座席摘机', hangUp: '挂机',
      happened: '发生了什么', nothing: '还没有来电。', ended: '通话结束，结果：{result}', open: '查看通话记录', ok: '电话通了！整机可以使用。', from: '来电 {number}', atLine: '{line} 振铃', inFlow: '语音流程：{node}', waits: '排队：{queue}', rings: '座席 {seat} 振铃', talks: '座席 {seat} 通话中',
    },
  },
}
