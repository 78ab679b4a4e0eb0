/** Customers: fields, drawer, merge, import and export. */
export default {
  customers: {
    none: '未填', yes: '是', no: '否', count: '共 {n} 位', anyStatus: '业务状态', anyLevel: '级别', anyArea: '片区', findText: '姓名、拼音首字母、号码、卡号、地址', clear: '清除条件',
    importAll: '批量导入', export: '导出 Excel', set: '字段与片区', open: '查看', exporting: '已写 {done} / {total} 位客户', exported: '导出完成，共 {n} 位客户。', exportTitle: '导出客户', download: '下载文件', stop: '取消导出',
    drawer: {
      facts: '资料', calls: '通话', changes: '变更记录', noCalls: '没有通话记录。', callsCount: '共 {n} 次通话，显示最近 {shown} 次', waiting: '待回电', due: '最迟 {at}', similar: '可能是同一位客户', merge: '合并', edit: '修改', delete: '删除',
      deleteText: '删除后，{n} 条通话记录仍然保留当时的业务状态、级别和片区，但不再显示客户姓名，也不会转给别的客户。删除前的资料记入操作日志。', deleteTitle: '删除客户“{name}”？', noChanges: '没有变更记录。', byImport: '批量导入',
      kinds: { created: '新建', changed: '修改', merged: '合并', deleted: '删除', undone: '撤销导入' }, empty: '（空）', gone: '客户不存在或已被删除。',
    },
    merge: {
      title: '合并客户', about: '“{other}”的号码和通话记录并入“{name}”，然后删除“{other}”。两边不同的内容请选择保留哪一个。', field: '内容', keep: '保留的客户', other: '被合并的客户', numbers: '号码全部保留：{list}', go: '合并',
      done: '已合并', same: '其余内容相同或只有一边填写，自动保留。',
    },
    form: {
      title: '客户字段、分类与片区', fields: '自定义字段', statuses: '业务状态', levels: '级别', areas: '片区与客户经理', label: '名称', kind: '类型', choices: '可选内容', choicesHint: '输入后按回车', required: '必填', inList: '列表显示', inPop: '弹屏显示',
      sensitive: '敏感', sensitiveHint: '只有“查看证件号等敏感项”权限的人看得到，不能搜索，不在弹屏显示', add: '增加字段', addArea: '增加片区', addWord: '增加', area: '片区', manager: '客户经理', nobody: '未指定', noFields: '还没有自定义字段。需要登记机型、开户日期等内容时在这里增加。',
      noAreas: '还没有片区。', saved: '已保存', wordsHint: '输入名称后按回车；通话记录保留当时的分类，不随这里改变。', removed: '去掉的字段不再显示，已填的内容保留。', up: '上移', remove: '去掉',
      kinds: { text: '文字', number: '数字', date: '日期', choice: '选项', flag: '是/否' },
    },
    import: {
      title: '批量导入客户', steps: { file: '选择文件', columns: '核对列', preview: '预览', done: '完成' }, drop: '把 .xlsx、.xls 或 .csv 文件拖到这里，或点击选择', dropHint: '第一行（或前十行之一）是表头，每行一位客户；文件不超过 50 MB、20 万行。确认之前不会改动任何资料。',
      reading: '正在读取文件…', checking: '正在检查，已看 {done} / {total} 行', applying: '正在导入，已完成 {done} / {total} 位', undoing: '正在撤销，已处理 {done} / {total} 位',
      found: '{file}（{form}）：表头在第 {line} 行，共 {rows} 行。请核对每一列的含义。', column: '文件中的列', sample: '内容示例', target: '导入为', ignore: '不导入', unnamed: '第 {n} 列', own: '自定义字段',
      known: '客户已存在时', knownBy: '按客户编号、卡号、电话号码依次判断', skip: '跳过，不改动', update: '更新：以文件为准，空格子不改', fill: '补充：只填现在为空的内容', taken: '号码已属于别人时，其余内容照常导入', words: '文件中新的业务状态、级别、片区自动加入', wordsDenied: '新的业务状态、级别、片区会作为错误列出（没有设置这些分类的权限）。',
      check: '预览', back: '返回', confirm: '确认导入 {n} 位', nothing: '没有可以导入的行。', leftOut: '下载未导入的行（{n} 行，附原因）', noted: '{n} 行有号码未登记，已列入下载的表格。', newWords: '将加入：{list}', line: '行', state: '客户', reason: '说明',
      verdicts: { new: '新增', changed: '更新', same: '无变化', skipped: '跳过', wrong: '有误' }, examples: '每类最多显示 {n} 行', cancel: '取消', stop: '停止', goOn: '继续导入', undo: '撤销这次导入', undoSure: '撤销后，新增的客户会被删除，更新的客户恢复原样；导入后又被改过的客户保持现状。', done: '导入完成：新增 {added} 位，更新 {changed} 位。',
      doneLeft: '有 {n} 行在预览之后被别人改动，没有导入。', stopped: '导入已停止：已新增 {added} 位，更新 {changed} 位。可以继续，也可以撤销。', undone: '这次导入已撤销。', undoneLeft: '有 {n} 位客户在导入后又被改过，保持现状。', another: '再导入一个文件', past: '以往的导入', when: '时间', file: '文件', who: '操作人', result: '结果', noPast: '还没有导入过。',
      states: { running: '进行中', done: '完成', stopped: '中断', undone: '已撤销' }, resultText: '新增 {added}，更新 {changed}', upload: '重新选择文件', word: { status: '业务状态', level: '级别', area: '片区' },
    },
  },
}
