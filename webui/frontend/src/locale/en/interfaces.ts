const interfaces = {
  interfaces: {
    about: 'Let other programs use the call centre: hand out keys, push events, see what they did.',
    tabs: { keys: 'Keys', hooks: 'Web hooks', log: 'Log', how: 'How to' },
    document: 'API document', copied: 'Copied', copy: 'Copy',
    doors: {
      stream: 'Event port', streamOn: '{host}:{port}, {n} of {most} connected', streamOff: 'Off (set interfaces.stream_port in settings.toml)',
    },
    keys: {
      create: 'New key', edit: 'Change key', none: 'No keys yet. Make one for each system, so that each can be revoked alone.',
      label: 'Name', labelExample: 'such as billing system', scopes: 'Scopes', state: 'State', used: 'Last used', never: 'never', limits: 'Limits',
      inForce: 'in force', revoked: 'revoked', expired: 'expired', revoke: 'Revoke', revokeSure: 'Revoke "{name}"? Programs that use it are shut out at once, for ever.',
      showRevoked: 'Show revoked', full: 'whole numbers', masked: 'masked numbers', anywhere: 'any address', perMinute: '{n} a minute', until: 'until {day}',
      secretTitle: 'New key', secretOnce: 'The key is shown this once. Copy it now and hand it to the system that will use it.', secretDone: 'Saved, close',
      networks: 'Only from these addresses', networksExample: 'One a line: 192.168.1.20 or 192.168.1.0/24; empty: any', expires: 'Valid until', expiresNever: 'no end',
      reach: 'Calls it may see', reachAll: 'Every call', reachSome: 'Only of these staff numbers', reachAgents: 'Staff numbers, separated by blanks', reachUnassigned: 'and those that nobody took',
      fullNumbers: 'Whole telephone numbers', fullNumbersOff: 'Otherwise masked: 138****1234', dial: 'May dial', pace: 'Requests a minute',
      scope: {
        calls_read: 'Calls, queues, lines', calls_originate: 'Start and end calls', recordings_read: 'Recordings', customers_read: 'Read customers',
        customers_write: 'Write customers', agents_read: 'Agents', agents_write: 'Set agent status', events: 'Live events', hooks: 'Set up web hooks', metrics_read: 'Read metrics (Prometheus)',
      },
      dialClass: { local: 'Local', mobile: 'Mobile', long_distance: 'Long distance', international: 'International' },
    },
    hooks: {
      create: 'New hook', edit: 'Change hook', none: 'No hooks yet. The call centre can tell other systems what happens.', label: 'Name', labelExample: 'such as ticket system', url: 'Address', topics: 'Events',
      state: 'State', working: 'well', fresh: 'nothing sent yet', failing: 'trying again (try {n})', paused: 'paused', inactive: 'switched off', lastOk: 'Last arrived', behind: '{n} events to look at',
      test: 'Test', testOk: 'The test arrived: answer {status} after {ms} ms.', resume: 'Resume', skip: 'Skip what waits', resumeTitle: 'Resume "{name}"?',
      resumeAbout: 'Call records of the pause are kept. Send them all, or begin with what happens next.', resumeAll: 'Send all',
      deleteSure: 'Delete the hook "{name}"?', secret: 'Signing secret', secretAbout: 'Proves that an event comes from this box; see How to.', active: 'Switched on', fullNumbers: 'Whole telephone numbers',
      alarm: 'The hook "{name}" is paused: {why}', targets: 'Allowed targets', targetsAbout: 'Only these addresses are ever connected to, so that hooks cannot be turned against other devices.', targetsNone: 'No address is allowed yet: nothing is sent.',
      targetsExample: 'One a line: 192.168.1.20 or 192.168.1.0/24', targetsEdit: 'Set',
      topic: { records: 'Call records', calls: 'Calls', agents: 'Agents', queues: 'Queues', lines: 'Lines', alarms: 'Alarms' },
    },
    log: {
      none: 'No program was here yet.', failedOnly: 'Only failures', at: 'Time', kind: 'Way', who: 'Key or hook', address: 'Address', what: 'What', status: 'Result', took: 'Took',
      kinds: { http: 'HTTP', stream: 'Stream', hook: 'Hook' }, stranger: '(unknown)', ms: '{n} ms', refresh: 'Refresh',
    },
    how: {
      yourKey: 'yourkey',
      intro: 'Put your key into the commands. Answers are JSON, or XML with Accept: application/xml.',
      first: 'Try the key', dial: 'Start a call: the seat rings first, then the customer', records: 'Find call records (19 conditions)', recording: 'Download a recording', customer: 'The customer behind a number', xml: 'Ask in XML',
      events: 'Live events (HTTP)', stream: 'Live events (TCP, a line of JSON each)', feed: 'Every new call record once', verify: 'Check the signature of a hook (Python)',
      dialAbout: 'Requests with the same Idempotency-Key are carried out once a day: safe to send again.', feedAbout: 'Give the last of the answer as the next since.',
      more: 'All addresses, parameters and answers stand in the API document.',
    },
  },
}

export default interfaces
