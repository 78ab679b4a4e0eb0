/** Address, https and clock of the box. */
const messages = {
  network: {
    about: '本机在局域网里的地址、https 证书和时间。修改地址后要从新地址确认，否则两分钟后自动恢复原来的地址。',
    address: '网络地址', now: '当前地址', name: '也可以用名称打开', unmanaged: '网络地址由这台机器的操作系统管理，请在系统里设置。',
    interface: '网口', method: '获取方式', methods: { dhcp: '自动获取（DHCP）', static: '固定地址' }, own: '本机地址', prefix: '掩码位数', prefixHint: '24 即 255.255.255.0', gateway: '网关', dns: 'DNS 服务器', dnsHint: '多个用空格隔开，可以不填',
    apply: '应用', applyAsk: '将改用新的网络设置，通话不受影响。请在两分钟内用下面的地址确认，否则自动恢复：',
    confirmAt: '打开新地址并确认', waiting: '正在改用新的地址。还剩 {seconds} 秒可以从新地址确认，不确认就自动恢复原来的地址。', setting: '正在设置新的地址…', cutOff: '现在连不上原来的地址，这是正常的。', goesBack: '没有人从新地址确认，正在恢复原来的地址。本页会自动重新连接，请稍候。',
    waitingDhcp: '已改为自动获取。新地址可以在本机屏幕上看到，或用名称打开。', kept: '新的地址已确认，正在使用。',
    https: 'https 证书', noHttps: '本机没有启用 https（设置项 web.tls_port）。浏览器里接打电话、录制提示音要用麦克风，只有 https 或本机才允许。',
    httpsWhy: '用 https 打开时，通话内容和密码在网络上是加密的；浏览器里接打电话、录制提示音要用麦克风，也必须用 https。',
    openSecure: '用 https 打开', here: '您正在使用 https。', source: '证书', ownCertificate: '本机签发', imported: '导入的证书', names: '适用地址', until: '有效期至', fingerprint: '指纹（SHA-256）',
    trust: '让电脑信任本机', download: '下载本机根证书', trustHint: '每台电脑做一次，之后浏览器不再提示“不安全”。证书只对内网地址有效，不能用来冒充其他网站。请核对指纹。',
    steps: {
      download: '在这台电脑上下载根证书 hotlinebox-ca.crt。', open: '双击打开，点“安装证书”，存储位置选“本地计算机”（没有权限时选“当前用户”）。',
      place: '选“将所有的证书都放入下列存储”，点“浏览”，选“受信任的根证书颁发机构”，完成。', restart: '关闭全部 Chrome、Edge 窗口再打开，用 https 地址进入。火狐浏览器在“设置 → 隐私与安全 → 查看证书 → 颁发机构”里导入。',
    },
    redirect: '打开 http 时自动转到 https', redirectHint: '要先在每台电脑上安装根证书。只能在用 https 打开本页时启用。', extraNames: '另外的主机名', extraNamesHint: '例如 hotline.lan，多个用空格隔开',
    import: '导入证书', importHint: '单位已有证书时使用。请粘贴 PEM 文本。', chain: '证书（服务器证书在前，中间证书在后）', key: '私钥（不带密码）', drop: '改用本机签发的证书', dropAsk: '将停用导入的证书，改用本机签发的证书。确定吗？',
    clock: '时间', clockUnmanaged: '时间由这台机器的操作系统管理，请在系统里设置。', boxTime: '本机时间', difference: '与这台电脑相差 {seconds} 秒', same: '与这台电脑一致', setFromHere: '按这台电脑的时间校准',
    setAsk: '将把本机时间改为这台电脑的时间。之后的通话记录使用新时间，正在进行的通话时长不受影响。', synchronised: '已与时间服务器同步', notSynchronised: '没有与时间服务器同步', servers: '时间服务器', serversHint: '局域网内的 NTP 服务器，多个用空格隔开；不填则用路由器告知的',
    noHardware: '本机没有硬件时钟（或电池已失效）：关机期间时间不走，重新开机后会慢。请设置时间服务器，或在每次断电后校准时间；也可以请厂家加装时钟电池。',
    raised: '这次开机时系统时间是 {from}，早于上次关机，已改为 {to}。请校准时间；断电期间的时间无法得知，这之前记录的时间可能偏早。',
  },
}

export default messages
