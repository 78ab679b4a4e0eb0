const backups = {
  backups: {
    about: '每天自动备份到移动硬盘、服务器或共享文件夹；换一台新机器时，用备份就能原样继续工作。',
    now: '立即备份', download: '下载整机备份', downloadHint: '一个文件，包含全部数据；有备份密码时是加密的。', last: '最近一次备份', never: '还没有备份过。请先在右边设置备份到哪里。',
    noDatabase: '本机的数据库在 PostgreSQL 服务器上。备份包含它的全部内容；恢复时服务器上的这个库会整个换成备份里的。',
    running: { backup: '正在备份', check: '正在检查备份', restore: '正在解开备份', download: '正在生成下载文件' }, stop: '停止',
    there: '已有的备份', look: '查看备份盘', looking: '正在查看……', none: '这里还没有备份。', free: '剩余 {size}', withSounds: '含录音', withoutSounds: '不含录音', counts: '{calls} 条通话 · {customers} 位客户',
    check: '检查', checkHint: '逐个读出并核对全部文件', restore: '恢复', locked: '密码不同',
    settings: '备份设置', kind: '备份到', kinds: { none: '不备份', disk: 'U 盘或移动硬盘', sftp: 'SFTP 服务器', smb: 'Windows 共享文件夹' },
    disk: '哪一个', anyDisk: '插着的那一个', unplug: '请用 exFAT、FAT32 或 NTFS 格式的盘。没有在备份或恢复时可以直接拔下。', host: '服务器地址', share: '共享名', folder: '文件夹', user: '用户名', password: '登录密码', hostKey: '服务器身份',
    nightly: '每天自动备份', at: '时间', keep: '保留份数', keepHint: '超过后从最早的开始删除', sounds: '包含录音和留言', secret: '备份密码', secretHint: '留空则不加密。忘记密码就无法恢复，厂商也打不开。', save: '保存', saved: '备份设置已保存', trial: '测试连接', worked: '可以使用',
    fromFile: '从文件恢复', choose: '选择备份文件', uploading: '正在上传 {percent}%', uploaded: '文件已上传', restoreAsk: '备份会先解开并检查，本机的数据暂时不变。', passwordAsk: '备份密码（没有加密则留空）', prepare: '解开并检查',
    ready: '备份已准备好', readyText: '{bureau}，{time} 的备份：{calls} 条通话，{customers} 位客户。', switchHint: '切换后，本机现在的人员、设置、客户和通话都会换成备份里的；请用备份里的账号登录。', readySounds: '录音也会换成备份里的。', readyNoSounds: '备份不含录音，本机的录音保留。', switch: '切换', switchAsk: '确定用备份替换本机的全部数据？正在进行的通话结束后开始，大约一分钟。', discard: '放弃',
    switching: '等通话结束后切换，网页会自动重新连接……', old: '上次切换前的数据还占 {size}，确认不再需要后可以删除。', removeOld: '删除旧数据',
    oldBox: '用旧机器的备份恢复', oldBoxDisk: '找到下面的备份盘，选一个查看里面的备份，再点“恢复”。', oldBoxHow: '请插上备份盘；备份在服务器上的，请在右边填写它的地址；下载的备份文件，请用下面的“从文件恢复”。', lookAt: '查看“{disk}”里的备份',
    config: {
      title: '配置导出与导入', about: '流程、提示音、技能组、权限和各项规则，不含客户、通话、账号和密码。', export: '导出配置', import: '导入配置', from: '{bureau} 在 {time} 导出的配置，与本机不同的部分：', same: '与本机完全一样，不需要导入。',
      added: '新增：{names}', changed: '修改：{names}', removed: '删除：{names}', fields: '{n} 项设置不同', more: '{names} 等 {n} 个', own: '通常只适合原来的机器', hint: '勾选的部分立即生效，正在进行的通话不受影响；没有勾选的不变。', take: '导入 {n} 个部分', done: '配置已导入',
    },
    history: '记录', kindOf: { backup: '备份', check: '检查', restore: '恢复', download: '下载' },
  },
}
export default backups
