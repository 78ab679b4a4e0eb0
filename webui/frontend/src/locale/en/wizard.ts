export default {
  wizard: {
    title: 'Set-up guide', about: 'A few minutes from an empty box to the first call. Every step can be skipped and taken up again later.', skip: 'Skip', back: 'Back', next: 'Save and go on', finish: 'Finish', done: 'Done', skipped: 'Skipped',
    leave: 'Later', step: 'Step {n} of {all}',
    steps: { bureau: 'Bureau and hotline', lines: 'Outside lines', seats: 'Phones', staff: 'Staff', welcome: 'Welcome', flow: 'Call flow', test: 'Test call' },
    bureau: { about: 'What customers see and dial.', hotline: 'Hotline number', example: 'e.g. 0562-96599', derived: 'taken from the hotline number', areaExample: 'e.g. 0562', numberOk: '{number}: area code {area}, local number {rest}', numberShort: 'The hotline has no area code: enter it below.', numberBad: 'A number, with or without area code, e.g. 0562-96599.' },
    lines: {
      about: 'The line card has {n} outside lines. Ring each from your mobile: the row lights up when the box sees the ring.', none: 'No outside lines were found. Check the line card and its driver, or skip this step.', name: 'Name', state: 'Now', tested: 'Test', heard: 'Ring seen at {time}', waiting: 'Waiting for a call…',
      ring: 'Simulated call', count: '{n} of {all} tested',
    },
    seats: { about: 'Lift the handset of each phone: its row lights up and shows its number.', none: 'No phone sockets were found. Check the line card, or skip this step.', station: 'Extension {n}', seat: 'Seat {n}', lifted: 'Lifted at {time}', waiting: 'Waiting…', lift: 'Simulated lift', count: '{n} of {all} found' },
    staff: {
      about: 'The people who answer. The staff number signs in at a seat and on this page; initial passwords are made here and changed at the first sign-in.', paste: 'Paste from a table', pasteExample: 'One a line: name, staff number, role (optional), e.g.\nZhang San\t1002\tagent\nLi Si\t1003\tleader', read: 'Take {n} people', name: 'Name', number: 'Staff number', role: 'Role', password: 'Initial password', add: 'Add a row',
      create: 'Create {n} accounts', created: 'Created', print: 'Print the passwords', printTitle: '{bureau}: initial passwords', keep: 'These passwords are not shown again after this step: print or note them first.', existing: '{n} accounts with a staff number: {names}', bad: 'Line {line} has no name or no staff number', roles: { agent: 'Agent', leader: 'Team leader', manager: 'Manager' }, nothing: 'Nobody has been entered yet.',
    },
    welcome: {
      about: 'The first thing a caller hears. Record it, upload a recording, or have the built-in voice read a text.', current: 'The welcome in use', builtIn: 'Built-in', own: 'Own', record: 'Record', stop: 'Stop', recording: 'Recording, {s} s…', upload: 'Upload a file', speak: 'Read a text', text: 'Welcome to the hotline of {bureau}.', textLabel: 'Text',
      speakNow: 'Have the built-in voice read it', replaced: 'The welcome has been replaced', noMicrophone: 'The microphone cannot be used: allow it in the browser, or upload a file. On another computer this needs https.', restore: 'Back to the built-in one',
    },
    flow: { about: 'What callers hear and which key leads where. You can change all of it later under Call flows.', current: 'In use', choose: 'Use this one', chosen: '“{name}” is in use', nodes: '{n} nodes' },
    test: {
      about: 'One call to try it all: in from outside, through the flow, answered at a seat.', sit: 'First take a seat', sitAbout: 'Once signed in, calls ring the phone of this seat.', signedIn: 'You are signed in at seat {seat}.', callReal: 'Ring {hotline} from your mobile.', callSim: 'A simulated customer rings the hotline', press: 'Key {key}', answer: 'Lift at the seat', hangUp: 'Hang up',
      happened: 'What happened', nothing: 'No call yet.', ended: 'The call is over: {result}', open: 'Open the call log', ok: 'The call went through. The box is ready.', from: 'Call from {number}', atLine: '{line} rings', inFlow: 'Flow: {node}', waits: 'Queue: {queue}', rings: 'Seat {seat} rings', talks: 'Talking at seat {seat}',
    },
  },
}
