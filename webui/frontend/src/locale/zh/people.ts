/** People, roles, sign-ins and the operation log. */
export default {
  people: {
    about: '组织、部门、班组和在其中工作的人。谁看得到哪些通话，由角色的数据范围和这里的位置决定。',
    create: '新增职员', edit: '修改职员', name: '姓名', login: '登录名', agent: '工号', agentExample: '接电话才需要，例如 1002', unit: '所属单位', noUnit: '未分配单位', roles: '角色',
    state: '状态', active: '在用', inactive: '停用', action: '操作', more: '更多操作', none: '没有符合的职员。', search: '查找姓名、登录名、工号', count: '{n} 人', showFormer: '显示已停用的',
    firstLogin: '保存后生成初始密码，可以打印成条交给本人；第一次登录时必须修改。话机签入密码在“话务设置 → 话机”中设置。', ownPolicies: '此人的数据范围与角色不同',
    everybody: '全部人员', noUnits: '还没有组织结构。人少时可以不设：班长和经理看得到所有人的通话。点上方的加号开始建立。', dragHint: '单位和人员都可以拖动到别的单位。',
    addUnit: '新增单位', editUnit: '修改单位', addBelow: '新增下级单位', unitName: '名称', parent: '上级单位', top: '没有上级（最高一级）', kind: '类型', kinds: { organisation: '组织', department: '部门', team: '班组' },
    retire: '停用', useAgain: '重新启用', deleteUnit: '删除', retireText: '停用“{name}”后，它不再出现在组织结构里，过去的记录不变。从来没有用过的单位可以直接删除。',
    reset: '重置密码', resetText: '为{name}生成一个新的初始密码？{name}的所有登录会立即结束。', signOut: '强制下线', signedOut: '{name}的所有登录已结束',
    slip: { title: '初始密码', address: '网址', password: '初始密码', hint: '第一次登录时请换成自己的密码，不要告诉任何人。', once: '密码只显示这一次，关闭后无法再查看。', print: '打印' },
    confirm: { title: '请确认身份', text: '这是高风险操作，请再次输入您的密码。', password: '您的登录密码', hint: '确认后十分钟内不再询问。这类操作都会记入操作日志。', go: '确认' },
    policy: {
      object: '数据', level: '看得到谁的', masked: '打码显示', byRole: '按角色', chooseUnits: '选择单位', chooseAreas: '选择片区',
      objects: { call: '通话记录与监控', recording: '录音', voicemail: '留言', customer: '客户资料', ticket: '工单', report: '统计报表' },
      voicemailHint: '只能缩小：留给个人的留言始终只有本人和上级能听',
      levels: { own: '本人', team: '本班组', department: '本部门', organisation: '本组织', units: '指定单位', areas: '指定片区' },
      fields: { number: '号码', id_number: '证件号', address: '地址' },
    },
  },
  roles: {
    about: '角色是一组权限加上数据范围。职员可以同时有几个角色，权限合在一起。', create: '新建角色', name: '角色名称', copy: '复制', copyOf: '{name} 副本', reset: '恢复出厂', compare: '与另一角色比较',
    changed: '已改', own: '自定', permissions: '操作权限', policies: '数据范围', holders: '谁有这个角色（{n}）', nobody: '还没有人有这个角色。', saved: '角色已保存，立即生效',
    policiesAbout: '每类数据看得到谁的、哪些内容打码。一个人有几个角色时取最大的范围；没有组织结构时，班组、部门、组织都是全体。',
    search: '查找权限', all: '全部', held: '已有', free: '没有', differ: '不同', onlyRisky: '只看高风险', heldCount: '已有 {n} / {all}', nothing: '没有符合的权限。', idle: '尚未启用', idleAbout: '这一版里还没有这部分功能；现在授予也不会有任何作用。',
    risky: '高风险', careful: '注意', risk3: '使用时要再次输入密码，并记入操作日志', risk2: '影响他人或产生费用，请谨慎授予',
    unsaved: '还没有保存', leave: '对这个角色的修改还没有保存，要放弃吗？', discard: '放弃修改', resetText: '把权限和数据范围恢复成出厂时的样子？', deleteText: '删除这个角色？', yes: '确定', stillHeld: '还有人有这个角色，不能删除',
  },
  signIns: {
    about: '现在登录着的人。结束登录后，对方的页面立即退出。', mine: '我的登录', mineAbout: '您的账号在这些地方登录着。有不认识的，请立即结束并修改密码。', refresh: '刷新', none: '没有人登录。',
    browser: '浏览器', unknown: '未知', address: '地址', began: '登录时间', seen: '最近使用', here: '当前', end: '结束登录',
    locked: '因密码输错暂时锁定', lockedAbout: '五分钟内输错太多次密码的账号或地址，过一会儿自动解除，也可以现在解除。', kinds: { account: '账号', address: '地址' }, wait: '还要等 {n} 分钟', unlock: '立即解除',
  },
  operations: {
    about: '谁在什么时候改了什么。记录只增不减。', export: '导出', since: '开始日期', until: '结束日期', who: '人员', what: '操作', text: '内容中的文字', search: '查询', none: '没有符合的记录。',
    at: '时间', subject: '对象', changed: '修改内容', address: '来源地址', field: '项目', before: '修改前', after: '修改后', noChange: '没有记录修改的内容。', nobody: '（未登录）', yes: '是', no: '否',
    actions: {
      login: '登录', logout: '退出登录', login_failed: '登录失败', confirm_failed: '确认身份时密码错误', password: '修改自己的密码', setup: '首次设置', adm_unlock: '解除登录锁定', 'call_edit': '修改通话事由或摘要',
      rec_unlock: '解锁录音', rec_pause: '暂停录音', rec_resume: '恢复录音', mon_move: '转移来电', vm_edit: '处理留言', vm_call_back: '回拨留言', api_dial: '接口拨号', api_hangup: '接口挂断', api_hook: '网络回调', sys_remote: '厂家远程支持', clock: '系统时间变动',
    },
    subjects: {
      user: '职员', role: '角色', unit: '单位', call: '通话', customer: '客户', plan: '话务设置', flow: '流程', prompt: '提示音', agent: '工号', voicemail: '留言', search: '查询', address: '地址', account: '账号', audit: '操作日志',
      export: '导出', line: '线路', seat: '座席', storage: '存储', reasons: '呼叫事由', follow_up: '未接台账', api_key: '接口密钥', web_hook: '网络回调', alarm: '告警', display: '大屏', customer_form: '客户字段', areas: '片区',
      sms: '短信', sms_templates: '短信模板', alarms: '告警规则', card: '板卡', network: '网络', tls: 'https 证书', clock: '时间', backup: '备份与恢复', configuration: '配置导入导出', hook_targets: '回调地址', update: '系统升级', box: '本机', import: '客户导入', support: '远程支持',
    },
    ids: { choice: '设置', certificate: '导入的证书', own: '本机签发的证书', set: '被调整', raised: '开机时补正' },
    fields: {
      id: '编号', login: '登录名', name: '姓名', roles: '角色', agent: '工号', unit: '单位', active: '在用', must_change_password: '须改密码', label: '名称', permissions: '权限', policies: '数据范围', parent: '上级', kind: '类型', object: '数据', units: '单位', areas: '片区', masked: '打码',
      order: '次序', reason: '事由', summary: '摘要', customer: '客户', numbers: '号码', address: '地址', status: '业务状态', level: '级别', area: '片区', note: '备注', card: '智能卡号', code: '客户编号', created_at: '建立时间', updated_at: '修改时间', changed: '已改', built_in: '内置',
      interface: '网口', method: '获取方式', prefix: '掩码位数', gateway: '网关', dns: 'DNS', at: '时间', servers: '时间服务器', redirect: '自动转到 https', names: '主机名',
    },
  },
}
