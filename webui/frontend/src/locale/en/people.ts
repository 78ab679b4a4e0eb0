import type zh from '../zh/people'

const people: typeof zh = {
  people: {
    about: 'Organisation, departments, teams and the people in them. Who sees which calls follows from the roles’ data policies and the place here.',
    create: 'New account', edit: 'Edit account', name: 'Name', login: 'Sign-in name', agent: 'Staff no.', agentExample: 'only to take calls, e.g. 1002', unit: 'Unit', noUnit: 'Without a unit', roles: 'Roles',
    state: 'State', active: 'active', inactive: 'off', action: 'Action', more: 'More actions', none: 'Nobody found.', search: 'Name, sign-in name, staff no.', count: '{n} people', showFormer: 'Show those switched off',
    firstLogin: 'Saving makes a first password, to be printed on a slip; it must be changed at the first sign-in. The PIN for signing in at a phone is set under Call settings → Phones.', ownPolicies: 'This person’s data policies differ from the roles’',
    everybody: 'Everybody', noUnits: 'No units yet. A small bureau needs none: leaders and managers see everybody’s calls. Begin with the plus sign above.', dragHint: 'Units and people can be dragged to other units.',
    addUnit: 'New unit', editUnit: 'Edit unit', addBelow: 'New unit below', unitName: 'Name', parent: 'Above it', top: 'Nothing (top level)', kind: 'Kind', kinds: { organisation: 'Organisation', department: 'Department', team: 'Team' },
    retire: 'Retire', useAgain: 'Use again', deleteUnit: 'Delete', retireText: 'Once retired, “{name}” is no longer shown in the tree; past records stay. A unit that was never used can be deleted.',
    reset: 'Reset password', resetText: 'Make a new first password for {name}? All sessions of {name} end at once.', signOut: 'Force sign-out', signedOut: 'All sessions of {name} have ended',
    slip: { title: 'First password', address: 'Address', password: 'First password', hint: 'Change it to your own at the first sign-in, and tell nobody.', once: 'Shown this once; it cannot be looked up again.', print: 'Print' },
    confirm: { title: 'Please confirm it is you', text: 'This is risky: please give your password once more.', password: 'Your password', hint: 'Not asked again for ten minutes. Everything of this kind stands in the operation log.', go: 'Confirm' },
    policy: {
      object: 'What', level: 'Whose', masked: 'Masked', byRole: 'by the roles', chooseUnits: 'Choose units', chooseAreas: 'Choose areas',
      objects: { call: 'Calls and live board', recording: 'Recordings', voicemail: 'Voicemails', customer: 'Customers', ticket: 'Tickets', report: 'Reports' },
      voicemailHint: 'narrows only: a message for a person is heard by that person and superiors alone',
      levels: { own: 'own', team: 'own team', department: 'own department', organisation: 'own organisation', units: 'chosen units', areas: 'chosen areas' },
      fields: { number: 'number', id_number: 'ID number', address: 'address' },
    },
  },
  roles: {
    about: 'A role is a set of permissions with data policies. Somebody with several roles has all their permissions.', create: 'New role', name: 'Name of the role', copy: 'Copy', copyOf: '{name} (copy)', reset: 'As delivered', compare: 'Compare with',
    changed: 'changed', own: 'own', permissions: 'Permissions', policies: 'Data policies', holders: 'Who has it ({n})', nobody: 'Nobody has this role yet.', saved: 'Saved, in force at once',
    policiesAbout: 'Whose data are seen, and what is masked. Of several roles the widest counts; without units, team, department and organisation are everybody.',
    search: 'Find a permission', all: 'All', held: 'Held', free: 'Not held', differ: 'Different', onlyRisky: 'Risky only', heldCount: '{n} of {all} held', nothing: 'No such permission.', idle: 'not yet', idleAbout: 'This version does not have it; granting it has no effect yet.',
    risky: 'risky', careful: 'care', risk3: 'Asks for the password once more and is logged', risk2: 'Concerns others or costs money: give with care',
    unsaved: 'Not saved', leave: 'Changes of this role are not saved. Discard them?', discard: 'Discard', resetText: 'Permissions and data policies as they were delivered?', deleteText: 'Delete this role?', yes: 'Yes', stillHeld: 'Somebody still has this role',
  },
  signIns: {
    about: 'Who is signed in now. Ending a session closes its pages at once.', mine: 'My sessions', mineAbout: 'Your account is signed in at these places. End what you do not know, and change your password.', refresh: 'Refresh', none: 'Nobody is signed in.',
    browser: 'Browser', unknown: 'unknown', address: 'Address', began: 'Signed in', seen: 'Last used', here: 'this one', end: 'End',
    locked: 'Locked for wrong passwords', lockedAbout: 'Too many wrong passwords within five minutes. It ends by itself, or now.', kinds: { account: 'account', address: 'address' }, wait: '{n} more minutes', unlock: 'Unlock now',
  },
  operations: {
    about: 'Who changed what, and when. Entries are only ever added.', export: 'Export', since: 'From', until: 'To', who: 'Person', what: 'Operation', text: 'Text within', search: 'Search', none: 'Nothing found.',
    at: 'Time', subject: 'Object', changed: 'Change', address: 'Address', field: 'Field', before: 'Before', after: 'After', noChange: 'No change was noted.', nobody: '(not signed in)', yes: 'yes', no: 'no',
    actions: {
      login: 'Signed in', logout: 'Signed out', login_failed: 'Failed sign-in', confirm_failed: 'Wrong password when confirming', password: 'Changed own password', setup: 'First set-up', adm_unlock: 'Unlocked sign-in', 'call_edit': 'Reason or summary of a call',
      rec_unlock: 'Unlocked a recording', rec_pause: 'Paused recording', rec_resume: 'Resumed recording', mon_move: 'Moved a caller', vm_edit: 'Handled a voicemail', vm_call_back: 'Called back a voicemail', api_dial: 'Dialled by a program', api_hangup: 'Hung up by a program', api_hook: 'Web hook', sys_remote: 'Remote support', clock: 'The clock changed',
    },
    subjects: {
      user: 'account', role: 'role', unit: 'unit', call: 'call', customer: 'customer', plan: 'call settings', flow: 'flow', prompt: 'prompt', agent: 'staff no.', voicemail: 'voicemail', search: 'search', address: 'address', account: 'account', audit: 'operation log',
      export: 'export', line: 'line', seat: 'seat', storage: 'storage', reasons: 'call reasons', follow_up: 'missed calls', api_key: 'key', web_hook: 'web hook', alarm: 'alarm', display: 'display', customer_form: 'customer fields', areas: 'areas',
      sms: 'message', sms_templates: 'message templates', alarms: 'alarm rules', card: 'line card', network: 'network', tls: 'https certificate', clock: 'clock', configuration: 'Settings as a file', backup: 'backup and restore', hook_targets: 'hook targets', update: 'update', box: 'box', import: 'customer import', support: 'remote support',
    },
    ids: { choice: 'settings', certificate: 'imported', own: "the box's own", set: 'was set', raised: 'put right at power-on' },
    fields: {
      id: 'number', login: 'sign-in name', name: 'name', roles: 'roles', agent: 'staff no.', unit: 'unit', active: 'active', must_change_password: 'must change password', label: 'name', permissions: 'permissions', policies: 'data policies', parent: 'above', kind: 'kind', object: 'data', units: 'units', areas: 'areas', masked: 'masked',
      order: 'order', reason: 'reason', summary: 'summary', customer: 'customer', numbers: 'numbers', address: 'address', status: 'status', level: 'level', area: 'area', note: 'note', card: 'card', code: 'customer no.', created_at: 'created', updated_at: 'changed', changed: 'changed', built_in: 'built-in',
      interface: 'port', method: 'method', prefix: 'prefix', gateway: 'gateway', dns: 'DNS', at: 'time', servers: 'time servers', redirect: 'redirect to https', names: 'host names',
    },
  },
}

export default people
