import workplace from './en/workplace'
import desk from './en/desk'
import monitoring from './en/monitoring'
import people from './en/people'
import customers from './en/customers'
import flows from './en/flows'
import interfaces from './en/interfaces'
import settings from './en/settings'
import wizard from './en/wizard'
import recordings from './en/recordings'
import lines from './en/lines'
import calllog from './en/calllog'
import type { Messages } from './zh-CN'

const messages: Messages = {
  ...workplace,
  ...recordings,
  ...lines,
  ...calllog,
  ...desk,
  ...monitoring,
  ...people,
  ...customers,
  ...flows,
  ...interfaces,
  ...settings,
  ...wizard,
  product: 'Hotline',
  pages: {
    interfaces: 'Interfaces', alarms: 'Alarms', wallboard: 'Wallboard',
    flows: 'Call flows', flow: 'Flow editor', desk: 'Agent desk', home: 'Home', setup: 'First set-up', login: 'Sign in', live: 'Live board', calls: 'Call log', callsPrint: 'Print the call log', voicemails: 'Voicemail', followUps: 'Missed calls', customers: 'Customers', prompts: 'Prompts',
    users: 'People', roles: 'Roles', signIns: 'Sign-ins', operations: 'Operation log', phones: 'Virtual phones', lines: 'Lines', storage: 'Storage', status: 'System status', settings: 'Call settings', wizard: 'Set-up guide', missing: 'No such page',
  },
  groups: { desk: 'Work', flows: 'Calls', people: 'People', system: 'System' },
  actions: {
    cancel: 'Cancel', close: 'Close', delete: 'Delete', edit: 'Edit', more: 'Load more', retry: 'Try again', save: 'Save',
  },
  look: { light: 'Switch to light', dark: 'Switch to dark' },
  errors: {
    http: {
      0: 'The call centre cannot be reached. Check the network and try again.',
      403: 'You are not allowed to do this. Ask your administrator.',
      404: 'It does not exist. It may have been deleted.',
      413: 'The file is too large. Compress it and upload it again.',
      503: 'The system cannot do this right now. Try again later.',
      other: 'That did not work (error {status}). Try again later.',
    },
  },
  setup: {
    title: 'First set-up', about: 'Name an administrator and start taking calls in a minute.',
    bureau: 'Bureau', bureauExample: 'e.g. Tongling Cable', hotline: 'Hotline number', hotlineExample: 'e.g. 0562-96599',
    name: 'Your name', nameExample: 'e.g. Wang Jianguo', password: 'Password', again: 'Password again',
    hint: 'The administrator signs in as admin. Bureau and hotline may stay empty and can be changed later.', finish: 'Finish',
  },
  login: {
    about: 'Please sign in', hotline: 'Hotline {number}', login: 'Sign-in name', password: 'Password', enter: 'Sign in',
  },
  password: {
    title: 'Change password', must: 'You still have the initial password. Choose your own first.', old: 'Current password', new: 'New password', again: 'New password again',
    differs: 'The two passwords differ', change: 'Change', changed: 'Password changed',
  },
  missing: { text: 'There is no such page. The address may be wrong.', home: 'Go to the first page' },
  nothing: { text: 'Your account cannot use anything yet. Ask your administrator for a role.' },
  shell: {
    navigation: 'Main menu', skip: 'Skip to content', hotline: 'Hotline', leave: 'Sign out',
    connecting: 'Connecting…', well: 'Telephones are well', offline: 'Disconnected', down: 'Telephones stopped', simulated: 'Simulated lines',
    lost: 'The connection to the box is lost; trying again. Calls go on, but what you see may be out of date.', retryNow: 'Try now',
    engineDown: 'The telephone system is not running: no calls for now. It is being restarted. If it is not back in a minute, call your administrator.',
  },
  seat: {
    bar: 'My seat', choose: 'My seat', placeholder: 'Choose a seat', name: '{seat} · station {station}', takenBy: '{name} is there',
    signIn: 'Sign in', signOut: 'Sign out', hint: 'Calls then ring the phone of that seat.', ready: 'Ready', break: 'Break',
    breakReasons: ['Away', 'Meal', 'Meeting', 'Training', 'Paper work'],
    dial: 'Dial', dialPlaceholder: 'Number or station', dialTo: 'Dial {number}',
  },
  agentStatus: { logged_out: 'Signed out', ready: 'Ready', on_break: 'Break' },
  agentState: { idle: 'Idle', offered: 'Ringing', on_call: 'On a call', wrap_up: 'Wrap-up' },
  lineState: {
    out_of_service: 'Out of service', idle: 'Idle', ringing: 'Ringing', seized: 'Seized', dialing: 'Dialing', talking: 'Talking', releasing: 'Releasing',
  },
  stationState: {
    out_of_service: 'Out of service', on_hook: 'On hook', ringing: 'Ringing', off_hook: 'Off hook', talking: 'Talking', flash_pending: 'Flash', howler: 'Left off hook',
  },
  callState: {
    offered: 'Offered', in_flow: 'In the menu', queued: 'Waiting', alerting: 'Ringing', connected: 'Talking', held: 'On hold', consulting: 'Consulting',
    in_voicemail: 'Leaving voicemail', dialing: 'Dialing', ended: 'Ended',
  },
  direction: { inbound: 'In', outbound: 'Out', internal: 'Internal' },
  result: {
    talked: 'Talked', self_served: 'Self-served', hung_up_before_answer: 'Hung up before answer', hung_up_in_flow: 'Hung up in menu',
    abandoned_in_queue: 'Abandoned', agent_no_answer: 'Agent did not answer', no_agent: 'No agent', voicemail: 'Voicemail', busy: 'Busy',
    peer_no_answer: 'No answer', rejected: 'Rejected', line_fault: 'Line fault',
  },
  side: { peer: 'Other side hung up', agent: 'Agent hung up', system: 'Ended by system' },
  cause: {
    seat_no_answer: 'Seat did not pick up', glare: 'Collided with an incoming call', busy_tone: 'busy tone', congestion_tone: 'congestion tone', dial_tone: 'dial tone', polarity: 'polarity reversal', loop_break: 'loop break', silence: 'long silence',
    hook: 'phone on hook', ringing_stopped: 'ringing stopped', flow_ended: 'flow ended', peer_busy: 'busy', peer_no_answer: 'no answer',
    no_line_free: 'no line free', not_allowed: 'not allowed', no_such_number: 'no such number', port_fault: 'port fault', card_lost: 'card pulled out', supervisor: 'supervisor',
    max_duration: 'longest duration reached', engine_restart: 'telephone system restarted', engine_stopped: 'telephone system stopped', internal_error: 'internal error',
  },
  callerId: {
    fsk: 'FSK caller ID', dtmf: 'DTMF caller ID', dtmf_unreliable: 'DTMF caller ID, incomplete', by_device: 'Caller ID told by the device', none: 'No number sent', withheld: 'Number withheld', unreadable: 'Number unreadable', dialled: 'Dialled number',
  },
  noRecording: { not_talked: 'nobody talked', rule: 'excluded by rule', too_short: 'too short', disk: 'disk full', failed: 'recording failed', cleaned: 'removed by clean-up', deleted: 'deleted', lost: 'file lost' },
  call: {
    detail: 'Call', started: 'Started', direction: 'Direction', peer: 'Number', result: 'Result', line: 'Line', queue: 'Queue', agent: 'Agent',
    connected: 'Connected', wait: 'Wait', talk: 'Talk', total: 'Total', hangUpSide: 'Hang-up', callerId: 'Caller ID', transfers: 'Transfers', state: 'State',
    reasonAndSummary: 'Reason and summary', recording: 'Recording', voicemail: 'Voicemail', noRecording: 'No recording: {why}.', timeLine: 'Time line',
    noNumber: 'No number', hangUp: 'Hang up',
  },
  step: {
    rang: 'Rang', flow: 'Entered flow', answered: 'Answered', node: 'Menu', queued: 'Queued', offered: 'Offered',
    agent_no_answer: 'No answer', picked_up: 'Picked up by a colleague', queue_left: 'Left the queue', overflowed: 'Passed on to another queue', connected: 'Connected', agent_hung_up: 'Agent hung up',
    voicemail: 'Voicemail', voicemail_left: 'Message left', voicemail_empty: 'No message', seat_rung: 'Seat rung first',
    dialled: 'Dialled', refused: 'Refused', line_seized: 'Line taken', no_dial_tone: 'No dial tone', peer_answered: 'Other side answered', answerer: 'Answered by', held: 'Held',
    resumed: 'Resumed', consulted: 'Consulted', conference: 'Three-way', transferred: 'Transferred',
    transfer_returned: 'Not taken, returned',
    pushed: 'Sent through a flow', push_returned: 'Back from the flow', moved: 'Moved by a supervisor',
    recording_announced: 'Recording announced', recording_paused: 'Recording paused', recording_resumed: 'Recording resumed', hung_up: 'Hung up',
    ring_failed: 'Phone not answered', dial_failed: 'Outside call failed', far_end_hung_up: 'Other side hung up', survey: 'Survey offered', rated: 'Rated', call_back: 'Call-back booked',
    station: 'station {station}', pressed: 'pressed {digits}', uncertain: 'inferred',
  },
  exit: { served: 'Served', agents_no_answer: 'Agents did not answer', key_pressed: 'Left by key', timeout: 'no key pressed', invalid: 'wrong key', no_agent: 'no agent', full: 'queue full', hung_up: 'hung up', open: 'open', closed: 'closed' },
  board: {
    listen: 'Listen', whisper: 'Whisper (only the agent hears)', barge: 'Barge in', superviseRings: 'Your phone rings: pick it up to enter the call; keys 1 listen, 2 whisper, 3 barge.',
    lines: 'Free lines', waiting: 'Waiting', ready: 'Free agents', calls: 'Running calls',
    linesTitle: 'Lines', queuesTitle: 'Queues', seatsTitle: 'Seats', callsTitle: 'Running calls',
    lineNo: 'Line {n}', seatNo: 'Seat {n}', waitingCount: '{n} waiting', longest: 'longest {time}', readyOf: '{ready}/{all} free',
    agentsOfQueue: 'free agents / signed-in agents', nobody: 'nobody', talkedToday: '{n} calls today',
    engineDown: 'Lines, seats and calls appear here when the telephone system is back.', noLines: 'No lines. Check the line card.', noQueues: 'No queues yet.', noSeats: 'No seat phones. Check the line card.', noCalls: 'No calls right now.',
    where: 'Where', inState: 'In state', total: 'Total', action: 'Actions', hangUpSure: 'Hang up this call? Both sides are cut at once.',
    health: 'Audio clock late p99 {p99} ms · max {max} ms · overruns {overruns}', healthTitle: 'Audio is processed every 20 ms; this is how punctual it is.',
  },
  pop: {
    title: 'Caller', fold: 'Fold', close: 'Close', stranger: 'Unknown caller', strangerText: 'This number belongs to no customer.', newCustomer: 'New customer',
    path: 'Path in the menu', note: 'Reason and summary', earlier: 'Earlier calls', noEarlier: 'No earlier calls.',
  },
  note: {
    reason: 'Call reason', reasonPlaceholder: 'Choose a reason', summary: 'Summary', summaryPlaceholder: 'What was said and what was answered', saved: 'Saved', kept: 'Kept; goes into the log when the call ends', notKept: 'Reason or summary of call {callId} was not saved: {text}', keys: 'Ctrl + Enter saves',
  },
  player: {
    customer: 'Customer', seat: 'Seat', play: 'Play', pause: 'Pause', speed: 'Speed', position: 'Position; left and right skip 5 seconds', download: 'Download',
    broken: 'The recording cannot be opened. It may have been cleaned up.',
  },
  calls: {
    count: '{n} calls', countCapped: 'more than {n} calls', export: 'Export to Excel', news: '{n} new calls: refresh', end: 'That was all',
    none: 'No calls yet. Every call to the hotline is kept here.', noneFound: 'No call fits. Try fewer conditions.',
  },
  search: {
    time_span: 'Time', time_window: 'Daily window, weekdays, holidays', direction: 'Direction', result: 'Result', talk_sec: 'Talk time (s)', wait_sec: 'Wait (s)',
    peer_number: 'Number', line: 'Line', agent: 'Agent', queue: 'Queue', ivr_path: 'Menu path', transfer: 'Transfer', reason: 'Call reason',
    summary: 'Summary', customer: 'Customer', cust_class: 'Customer class', recording: 'Recording', voicemail: 'Voicemail', rating: 'Rating', ticket: 'Ticket',
    not: 'not', notAbout: 'Find the calls that do not fit this condition', notOf: 'not: {name}', submit: 'Search', clear: 'Clear', unfold: 'More conditions', fold: 'Fewer conditions',
    hidden: ' ({n} set)', any: 'Any', match: 'Match', field: 'Field', since: 'From', until: 'Until', today: 'Today', yesterday: 'Yesterday',
    sevenDays: '7 days', thirtyDays: '30 days', dayFrom: 'Daily from', dayUntil: 'Daily until', weekdays: 'Weekdays', dayKinds: 'Holidays', min: 'Least', max: 'Most',
    numbersExample: 'several: separate with blanks', notTalked: 'Not talked (all)', agentExample: 'Staff number', node: 'Passed node', digits: 'Keys', target: 'To whom',
    noReason: 'Not filled in', wordsExample: 'words, separated by blanks', statuses: 'Status', levels: 'Level', areas: 'Area', typeAndEnter: 'Type and press Enter',
    whyNone: 'Why none', voicemailFor: 'For whom', ticketYes: 'With ticket', ticketNo: 'Without', ticketNumbers: 'Ticket numbers', overdue: 'overdue', repeated: 'repeated',
    numberMatch: { contains: 'contains', equal: 'equals', begins: 'begins', ends: 'ends', none: 'none' },
    wordMatch: { all: 'all words', any: 'any word', empty: 'empty' },
    customerMatch: { contains: 'contains', equal: 'equals', unknown: 'unknown' },
    customerField: { any: 'any field', name: 'name', code: 'code', card: 'card', address: 'address' },
  },
  weekday: { 1: 'Mon', 2: 'Tue', 3: 'Wed', 4: 'Thu', 5: 'Fri', 6: 'Sat', 7: 'Sun' },
  dayKind: { workday: 'workdays', weekend: 'weekends', holiday: 'holidays' },
  transfer: { none: 'No transfer', agent: 'To next agent', external: 'To outside number', conference: 'Three-way', senior: 'To senior', queue: 'To a queue', flow: 'To a flow' },
  recordingChoice: { yes: 'With', no: 'Without', locked: 'Locked', checked: 'Checked', unchecked: 'Unchecked' },
  voicemailChoice: { yes: 'With', no: 'Without', new: 'New', heard: 'Heard', done: 'Done' },
  rating: { satisfied: 'Satisfied', neutral: 'Neutral', dissatisfied: 'Dissatisfied', unrated: 'Not rated', not_invited: 'Not invited' },
  export: {
    title: 'Export to Excel', progress: 'Progress', rows: 'Writing {done} / {total} rows', done: 'Done: {n} rows.', download: 'Download', cancel: 'Cancel export',
    cancelled: 'Export cancelled.', failed: 'The export did not work. Try again.',
  },
  customer: {
    name: 'Name', numbers: 'Numbers', code: 'Customer code', card: 'Smart card', address: 'Address', area: 'Area', status: 'Status', level: 'Level', note: 'Note',
    create: 'New customer', edit: 'Edit customer', find: 'Any part of name, number, card or address', none: 'No customers yet. Add the first one.', noneFound: 'Nothing found.',
    numberNo: 'Number {n}', numberExample: 'e.g. 13905620001', addNumber: 'Another number', removeNumber: 'Remove number {n}',
    deleteSure: 'Delete customer “{name}”? The calls stay.',
  },
  prompts: {
    about: 'What callers hear. Replace any with your own recording (wav, mp3, m4a) and go back at any time.', label: 'Prompt', text: 'Text', length: 'Length', source: 'Source',
    own: 'Own', builtIn: 'Built in', upload: 'Upload', restore: 'Built-in again', restoreSure: 'Your own recording will be deleted.', uploaded: '“{label}” has a new recording',
    restored: '“{label}” is the built-in prompt again', cannotPlay: 'This prompt cannot be played.', none: 'No prompts yet.',
  },
  phones: {
    about: 'Phones for a box without lines: outside phones call the hotline, seat phones answer.', outside: 'Outside phones (callers)', outsideOne: 'Outside phone {n}', seats: 'Seat phones', stationOne: 'Station {n}', none: 'No virtual phones.',
    handset: 'My headset is on', noHandset: 'none', follow: 'take it when I pick up', bell: 'audible bell', earOn: 'headset here', earOff: 'take headset', earMine: 'Put the headset down', earTake: 'Use the headset on this phone', lamp: 'Voicemail waiting',
    pickUp: 'Pick up', hangUp: 'Hang up', answer: 'Answer', keypad: 'Keypad', callFrom: 'Caller number', overLine: 'Over line', anyLine: 'any free line', callHotline: 'Call the hotline',
    flash: 'Flash', seatHint: 'Pick up and dial a station, or 9 and a number.', faults: 'Faults', faultsTitle: 'Line faults', faultsAbout: 'Switch a fault on and see how the system copes.',
    status: { on_hook: 'On hook', off_hook: 'Off hook', ringing: 'Ringing…', ringing_out: 'Calling', talking: 'Talking', hung_up: 'Other side hung up', busy: 'Busy' },
    microphone: {
      off: 'Sound is off; the microphone is asked for when you pick up', asking: 'Allow the microphone in your browser', on: 'Microphone and loudspeaker are on', refused: 'No microphone: you hear, but are not heard',
      missing: 'No microphone found: you hear, but are not heard', unsupported: 'No sound at this address: use https or localhost',
    },
    fault: {
      unplugged: { name: 'Unplugged', about: 'The line is pulled out or cut' },
      stuck_ring: { name: 'Stuck ring', about: 'The exchange never stops ringing' },
      crosstalk: { name: 'Crosstalk', about: 'Somebody else is heard' },
      clipped: { name: 'Clipped', about: 'Too loud and distorted' },
      twisted_dtmf: { name: 'Twisted DTMF', about: 'The two tones of a key are far apart in level' },
      no_hang_up: { name: 'No hang-up signal', about: 'Nothing tells that the other side hung up' },
      card_out: { name: 'Card pulled out', about: 'The whole card: every line and phone is cut, and recovers when it is back' },
    },
  },
  answerer: { person: 'a person', machine: 'a machine or recording', fax: 'a fax machine' },
  lineTrouble: { hum: 'Hum', noise: 'Noise', clicks: 'Clicks', drift: 'Tones changed' },
  lines: {
    well: 'Sounds well', unknown: 'Not heard yet', fault: 'Line fault', about: 'State and sound of each outside line. The box listens and learns while people talk; nothing has to be set.',
    engineDown: 'The telephone system is down: nothing is known of the lines.', none: 'No lines. Check the line card.',
    wait: 'Not enough was heard yet; one call is enough to tell.',
    advice: {
      hum: 'Mains hum: is the line near a power cable? Else have its insulation checked.', noise: 'Noise: look for loose or damp joints, or have the line checked.',
      clicks: 'Clicks: mostly a bad contact; check the joint box and the plug.', drift: 'The tones of the exchange have changed. If hang-ups are noticed late, tell your service.',
    },
    heard: 'Sound', taught: 'Learnt', level: 'Level', noise: 'Noise', hum: 'Hum', clicks: 'Clicks', perMinute: '{n} a minute',
    busy: 'Busy tone', congestion: 'Congestion', tone: '{hz} Hz, {on} s on, {off} s off, {level} dBm0 ({calls} calls)', callerId: 'Caller ID',
    callerIdKind: { fsk_bell202: 'FSK (Bell 202)', fsk_v23: 'FSK (V.23)', dtmf: 'DTMF', by_device: 'Told by the device' }, ring: 'Ringing', ringTimes: '{on} s on, {off} s off',
    answer: 'Answer signal', reversed: 'reversal ({n} times)', inferred: 'none, told by ear ({n} times)', measuredAt: 'measured {time}, {n} s heard',
  },
  status: {
    sum: { good: 'All is well', warn: 'Usable, but look at this', bad: 'Something is broken' },
    kind: { good: 'well', warn: 'look', bad: 'broken' },
    names: { engine: 'Telephones', sound: 'Punctual audio', overruns: 'Audio gaps', realtime: 'Real-time priority', disk: 'Disk', recordings: 'Recordings', database: 'Database', ingest: 'Call log', memory: 'Memory' },
    engineUp: 'Running for {time}.', engineDown: 'Not running: no calls for now.', minutes: '{n} min', hours: '{n} h {m} min', days: '{n} d {h} h',
    sound: { good: 'Punctual, {ms} ms late.', warn: 'A little late ({ms} ms); calls are usually fine.', bad: 'Far too late ({ms} ms); calls may stutter.' },
    overruns: '{n} times too slow since start; short gaps may have been heard.', noOverruns: 'None since start.',
    realtime: 'On: other programs do not disturb calls.', noRealtime: 'Off: calls may stutter when the machine is busy.',
    disk: { good: '{size} left.', warn: '{size} left; plan a clean-up.', bad: 'Only {size} left; recordings will soon fail.' },
    databaseWell: 'Works.', databaseBad: 'Does not answer. Calls go on; the log catches up later.', upToDate: 'Up to date.', behind: '{n} s behind; calls appear a little later.',
    memory: 'Telephones {engine}, web {web}.', planVersion: 'Call plan version {n}', ticks: '{n} audio ticks',
  },
}

export default messages
