/** Customers: fields, drawer, merge, import and export. */
export default {
  customers: {
    none: 'None', yes: 'Yes', no: 'No', count: '{n} in all', anyStatus: 'Status', anyLevel: 'Level', anyArea: 'Area', findText: 'Name, pinyin, number, card or address', clear: 'Clear',
    importAll: 'Import', export: 'Export to Excel', set: 'Fields and areas', open: 'Open', exporting: '{done} of {total} customers written', exported: 'Done: {n} customers.', exportTitle: 'Export customers', download: 'Download', stop: 'Cancel export',
    drawer: {
      facts: 'Details', calls: 'Calls', changes: 'Changes', noCalls: 'No calls.', callsCount: '{n} calls, the latest {shown} are shown', waiting: 'To be called back', due: 'by {at}', similar: 'May be the same person', merge: 'Merge', edit: 'Edit', delete: 'Delete',
      deleteText: '{n} calls stay in the log with the status, level and area of their time, but without the name, and never become anybody else\'s. What was known goes into the operation log.', deleteTitle: 'Delete customer "{name}"?', noChanges: 'No changes.', byImport: 'Import',
      kinds: { created: 'Created', changed: 'Changed', merged: 'Merged', deleted: 'Deleted', undone: 'Import undone' }, empty: '(empty)', gone: 'This customer does not exist any more.',
    },
    merge: {
      title: 'Merge customers', about: 'Numbers and calls of "{other}" move to "{name}", then "{other}" is deleted. Where both differ, choose what stays.', field: 'Field', keep: 'Stays', other: 'Goes', numbers: 'All numbers stay: {list}', go: 'Merge',
      done: 'Merged', same: 'Everything else is the same or filled on one side only, and stays.',
    },
    form: {
      title: 'Customer fields, categories and areas', fields: 'Own fields', statuses: 'Statuses', levels: 'Levels', areas: 'Areas and managers', label: 'Name', kind: 'Kind', choices: 'Choices', choicesHint: 'Type, then Enter', required: 'Required', inList: 'In list', inPop: 'In screen pop',
      sensitive: 'Sensitive', sensitiveHint: 'Only for people who may see sensitive fields; not searched, not in the screen pop', add: 'Add field', addArea: 'Add area', addWord: 'Add', area: 'Area', manager: 'Manager', nobody: 'Nobody', noFields: 'No own fields yet. Add one to record the box model, the opening day and the like.',
      noAreas: 'No areas yet.', saved: 'Saved', wordsHint: 'Type a name, then Enter. Calls keep the category of their time.', removed: 'A field that is removed is not shown any more; what was filled in is kept.', up: 'Move up', remove: 'Remove',
      kinds: { text: 'Text', number: 'Number', date: 'Date', choice: 'Choice', flag: 'Yes/no' },
    },
    import: {
      title: 'Import customers', steps: { file: 'File', columns: 'Columns', preview: 'Preview', done: 'Done' }, drop: 'Drop an .xlsx, .xls or .csv file here, or click to choose', dropHint: 'One of the first ten rows is the heading, then one customer a row; at most 50 MB and 200,000 rows. Nothing changes before you confirm.',
      reading: 'Reading the file…', checking: 'Checking, {done} of {total} rows', applying: 'Importing, {done} of {total} done', undoing: 'Undoing, {done} of {total} done',
      found: '{file} ({form}): heading in row {line}, {rows} rows. Please check what each column is.', column: 'Column of the file', sample: 'Examples', target: 'Becomes', ignore: 'Not imported', unnamed: 'Column {n}', own: 'Own fields',
      known: 'If the customer is known', knownBy: 'Told by customer number, then card, then telephone number', skip: 'Skip, change nothing', update: 'Update: the file counts, empty cells change nothing', fill: 'Complete: fill only what is empty', taken: 'If a number is somebody else\'s, import the rest of the row', words: 'Add new statuses, levels and areas of the file', wordsDenied: 'New statuses, levels and areas are listed as mistakes (you may not add them).',
      check: 'Preview', back: 'Back', confirm: 'Import {n}', nothing: 'There is no row to import.', leftOut: 'Download rows left out ({n}, with reasons)', noted: '{n} rows have numbers that are left out; they are in the table.', newWords: 'Will be added: {list}', line: 'Row', state: 'Customer', reason: 'Remark',
      verdicts: { new: 'New', changed: 'Updated', same: 'Unchanged', skipped: 'Skipped', wrong: 'Wrong' }, examples: 'At most {n} rows of each kind', cancel: 'Cancel', stop: 'Stop', goOn: 'Go on', undo: 'Undo this import', undoSure: 'New customers are deleted, updated ones become what they were; customers changed since stay as they are.', done: 'Done: {added} new, {changed} updated.',
      doneLeft: '{n} rows were changed by somebody since the preview and not imported.', stopped: 'Stopped: {added} new, {changed} updated. You can go on or undo it.', undone: 'This import was undone.', undoneLeft: '{n} customers were changed since and stay as they are.', another: 'Import another file', past: 'Earlier imports', when: 'Time', file: 'File', who: 'By', result: 'Result', noPast: 'Nothing was imported yet.',
      states: { running: 'Running', done: 'Done', stopped: 'Stopped', undone: 'Undone' }, resultText: '{added} new, {changed} updated', upload: 'Choose another file', word: { status: 'Status', level: 'Level', area: 'Area' },
    },
  },
}
