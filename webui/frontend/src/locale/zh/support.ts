/** Remote support of the vendor, its recordings, the support bundle. */
const messages = {
  support: {
    about: '默认关闭。只有您在这里开放之后，厂家工程师才能在限定时间内登录；全程录像，随时可以切断。',
    byHand: '本机没有安装远程支持的系统服务（开发方式运行）：开放后需要手工执行 hotlinebox support gate。', noKey: '本机没有厂家的证书公钥，任何人都不能登录，暂时不能开放。请联系厂家。',
    closed: '远程支持已关闭', closedHint: '现在没有任何人能从外面登录本机。', open: '远程支持已开放', until: '到 {time} 自动关闭，还有 {left}。', openedBy: '{name} 于 {time} 开放',
    reason: '原因', reasonHint: '例如：第 2 线有杂音，请厂家查看', hours: '开放时间', hour: '{n} 小时', reach: '允许做什么',
    reaches: { commands: '只能执行限定命令', shell: '完整命令行' },
    reachHint: { commands: '查看状态、自检、日志（号码和姓名已隐去）和支持包，不能改动任何内容。', shell: '工程师可以读写本机数据，包括客户资料和录音。只在厂家要求时开放。' },
    go: '开放', cut: '立即关闭', cutAsk: '正在进行的 {n} 个会话会立即中断。现在关闭吗？',
    tunnel: '中继', tunnels: { connecting: '正在连接中继服务器…', up: '已连上中继服务器，端口 {port}', down: '没有连上中继服务器' },
    faults: { unreachable: '连不上：请检查网络，或核对地址和端口。', unknown_name: '域名解析不了：请检查网络和 DNS。', wrong_host_key: '服务器的主机公钥与设置的不一致，为安全起见没有连接。请与厂家核对。', not_admitted: '中继服务器不认本机的公钥：请把下面的“本机公钥”发给厂家。', port_taken: '端口已被占用：请与厂家核对端口。', broken: '连接中断，正在重连。' },
    relay: '中继服务器', relayHint: '由厂家提供。本机主动连出去，局域网里不开放任何端口。', host: '地址', port: '端口', user: '用户名', hostKey: '主机公钥', hostKeyHint: '例如 ssh-ed25519 AAAA…，与厂家核对', listenPort: '登录端口', listenHint: '0 为由中继服务器分配', save: '保存', saved: '已保存', edit: '修改', unset: '还没有设置', after: '下次开放时生效。',
    serial: '本机编号', tunnelKey: '本机公钥', boxKey: '登录指纹用公钥', keysHint: '把这些发给厂家，厂家据此签发证书、允许本机连接。', noKeys: '第一次开放时生成', copied: '已复制', copy: '复制',
    sessions: '会话录像', noSessions: '还没有人登录过。', who: '工程师', began: '开始', lasted: '时长', what: '内容', ended: '结束', running: '正在进行', interactive: '命令行', serialNo: '证书 {n}', replay: '回放', unnamed: '（未署名）',
    endings: { done: '正常结束', closed: '被管理员切断', expired: '时间已到', left: '连接断开', full: '录像已满', torn: '意外中断' },
    player: '会话回放', play: '播放', pause: '暂停', again: '重新播放', speed: '{n} 倍', typed: '输入内容', nothingTyped: '没有输入。', at: '位置', cutWaits: '超过 2 秒的停顿已略过',
    bundle: '支持包', bundleHint: '版本、设置、自检、线路状况和日志，打成一个压缩包发给厂家。不含客户资料：号码、姓名、地址都已隐去。生成后先查看，再下载。', make: '生成支持包', remake: '重新生成', making: '正在生成…', madeAt: '生成于 {time}', download: '下载', look: '查看', size: '{n} KB',
    part: { 'about.txt': '版本与本机状态', 'settings.json': '本机设置（不含密码）', 'health.json': '话务引擎与线路状况', 'journal.txt': '流水统计', 'trace.txt': '最近的通话过程（不含号码）', 'doctor.txt': '自检结果', 'logs/engine.txt': '引擎日志', 'logs/web.txt': '网页服务日志', 'logs/support.txt': '远程支持日志' },
  },
}

export default messages
