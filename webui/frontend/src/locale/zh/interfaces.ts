/** Words of the page 接口. */
const interfaces = {
  interfaces: {
    about: '让营业系统、工单系统等其他程序使用呼叫中心：发放密钥、推送事件、查看调用记录。',
    tabs: { keys: '密钥', hooks: '事件推送', log: '接口日志', how: '怎么用' },
    document: '接口文档', copied: '已复制', copy: '复制',
    doors: {
      stream: '事件端口', streamOn: '{host}:{port}，已连接 {n} / {most}', streamOff: '未开启（在 settings.toml 中设置 interfaces.stream_port）',
    },
    keys: {
      create: '新建密钥', edit: '修改密钥', none: '还没有密钥。为每个要接入的系统各建一个，以后可以单独吊销。',
      label: '名称', labelExample: '例如 营业系统', scopes: '权限', state: '状态', used: '最近使用', never: '从未使用', limits: '限制',
      inForce: '使用中', revoked: '已吊销', expired: '已到期', revoke: '吊销', revokeSure: '吊销“{name}”？使用它的程序立即不能再访问，且不能恢复。',
      showRevoked: '显示已吊销的', full: '完整号码', masked: '号码打码', anywhere: '不限地址', perMinute: '每分钟 {n} 次', until: '到 {day} 为止',
      secretTitle: '新密钥', secretOnce: '密钥只显示这一次，请现在复制并交给使用它的系统。关闭后无法再次查看。', secretDone: '已保存，关闭',
      networks: '只允许从这些地址使用', networksExample: '每行一个，例如 192.168.1.20 或 192.168.1.0/24；留空不限', expires: '有效期至', expiresNever: '长期有效',
      reach: '可见的通话', reachAll: '全部通话', reachSome: '只限以下工号', reachAgents: '工号，用空格分开', reachUnassigned: '以及无人接听的通话',
      fullNumbers: '显示完整的客户号码', fullNumbersOff: '关闭时号码中间四位打码，如 138****1234', dial: '允许拨打', pace: '每分钟最多请求',
      scope: {
        calls_read: '查询通话、排队和线路', calls_originate: '发起和挂断通话', recordings_read: '下载录音', customers_read: '查询客户',
        customers_write: '新增和修改客户', agents_read: '查看话务员状态', agents_write: '修改话务员状态', events: '接收实时事件', hooks: '自行设置事件推送', metrics_read: '读取运行指标（Prometheus）',
      },
      dialClass: { local: '本地号码', mobile: '手机', long_distance: '国内长途', international: '国际长途' },
    },
    hooks: {
      create: '新建推送', edit: '修改推送', none: '还没有推送。发生通话等事件时，呼叫中心可以主动通知其他系统。', label: '名称', labelExample: '例如 工单系统', url: '推送地址', topics: '推送内容',
      state: '状态', working: '正常', fresh: '尚未推送', failing: '重试中（第 {n} 次）', paused: '已暂停', inactive: '已停用', lastOk: '最近送达', behind: '待处理事件 {n} 条',
      test: '测试', testOk: '测试已送达，对方答复 {status}，用时 {ms} 毫秒。', resume: '继续推送', skip: '跳过积压', resumeTitle: '继续推送“{name}”？',
      resumeAbout: '暂停期间的通话记录都还在。可以全部补送，也可以跳过，只推送以后发生的。', resumeAll: '补送全部',
      deleteSure: '删除推送“{name}”？', secret: '签名密钥', secretAbout: '对方用它验证推送确实来自本机，验证方法见“怎么用”。', active: '启用', fullNumbers: '推送完整的客户号码',
      alarm: '推送“{name}”已暂停：{why}', targets: '允许推送到的地址', targetsAbout: '只会连接这里列出的地址或网段，防止被利用来访问其他设备。', targetsNone: '还没有允许任何地址，推送不会发出。',
      targetsExample: '每行一个，例如 192.168.1.20 或 192.168.1.0/24', targetsEdit: '设置',
      topic: { records: '通话记录', calls: '通话状态', agents: '话务员状态', queues: '排队', lines: '线路状态', alarms: '告警' },
    },
    log: {
      none: '还没有接口调用。', failedOnly: '只看失败的', at: '时间', kind: '方式', who: '密钥或推送', address: '地址', what: '内容', status: '结果', took: '用时',
      kinds: { http: 'HTTP', stream: '事件流', hook: '推送' }, stranger: '（未识别）', ms: '{n} 毫秒', refresh: '刷新',
    },
    how: {
      yourKey: '您的密钥',
      intro: '请把命令中的“您的密钥”换成真实的密钥。答复默认为 JSON，加上 Accept: application/xml 即为 XML。',
      first: '先试一试密钥', dial: '发起通话：先响座席话机，接起后拨客户', records: '查询通话记录（十九项条件任意组合）', recording: '下载录音', customer: '来电号码对应的客户', xml: '用 XML 查询',
      events: '实时事件（HTTP）', stream: '实时事件（TCP，一行一条 JSON）', feed: '逐条取新通话记录，不漏不重', verify: '验证推送的签名（Python）',
      dialAbout: 'Idempotency-Key 相同的请求在一天内只执行一次，网络中断后可放心重发。', feedAbout: '把答复中的 last 作为下一次的 since。',
      more: '全部地址、参数和答复见接口文档。',
    },
  },
}

export default interfaces
