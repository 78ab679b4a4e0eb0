/** The agent's work place. */
const messages = {
  desk: {
    call: 'Current call', caller: 'Caller', softkeys: 'Call keys', rings: 'Ringing', lift: 'Lift the handset', asked: 'A colleague asks you', recording: 'Recording', recordingPaused: 'Recording paused', result: 'Flow result',
    ringing: 'Call from {who}', station: 'Station {station}', withOther: 'With {name} now', givenAway: 'Given away', closeScreen: 'Close',
    lostTaken: '{name} took the call of {who}', lostEnded: '{who} has hung up', lostOn: 'The call of {who} was not answered here and went on',
    signedOut: 'Not signed in at a seat', signedOutAbout: 'Choose a seat above and sign in, so that callers ring your phone.',
    onBreak: 'On a break', onBreakAbout: 'No callers come during a break. Press “Ready” when you are back.',
    idle: 'Waiting for callers', idleAbout: 'When the phone rings, the customer appears here; lift the handset to answer.',
    wrapUp: 'After-call work', wrapUpAbout: 'Press “Done, ready” when the note is complete, or wait until the time is over.', wrapUpDone: 'Done, ready',
    keysHint: 'Press ? for the keys', keysTitle: 'Keys', keysAbout: 'Hold Alt and press the letter, at any time, also while typing.', chooserKeys: 'Up and down to choose, Enter to take, Esc to close',
    consultTitle: 'Consult', consultFind: 'Colleague, station or outside number', transferTitle: 'Transfer to', transferFind: 'Colleague, queue, flow or outside number',
    noTarget: 'Nothing found. Type a colleague, a station or an outside number.', favourites: 'Favourites', recent: 'Recent', colleagues: 'Colleagues', queues: 'Queues', flows: 'Flows', outside: 'Outside number', favourite: 'Favourite: {name}',
    queueNow: '{waiting} waiting · {ready} ready',
    pushTitle: 'Verify in a flow', pushAbout: 'The caller keys card number, password and the like as the voice asks; you do not hear the keys, nothing is recorded; then the caller comes back to you.', pushFlow: 'Flow', pushFlowPlaceholder: 'Choose a flow', pushValue: 'Handed to the flow (may be empty)', pushValueExample: 'e.g. smart-card number', pushSend: 'Send to flow',
    bind: 'Link customer', bindOther: 'Another customer', bindTitle: 'Whose number is {number}?', bindNone: 'Nobody found; create a new customer.', bindHint: 'Type any part of name, number, card or address.', bindNew: 'New customer {number}', pressed: 'Pressed {keys}',
    myQueues: 'My queues', noQueues: 'No queues assigned.', waiting: 'Waiting', longest: 'Longest', expected: 'Expected', nobody: 'nobody',
    alone: 'No other colleague is signed in.', pickUp: 'Pick up', recentCalls: 'My recent calls', noRecent: 'No calls yet.', unfiled: 'No reason given',
    note: { hint: 'Write while you talk; it is saved by itself.', waiting: 'Saving…', saving: 'Saving…', saved: 'Saved', refused: 'Not saved:' },
    ring: { title: 'When the phone rings', sound: 'Sound at this computer', notify: 'Desktop notification', insecure: 'Desktop notifications need https.' },
    again: { title: 'Please sign in again', about: 'Your session has ended. After signing in, the page and what you wrote are as they were.', other: 'Somebody else' },
  },
  softkey: {
    hold: 'Hold', resume: 'Take back', consult: 'Consult', transfer: 'Transfer', complete_transfer: 'Hand over', cancel_consult: 'Cancel', conference: 'Three-way', push: 'Verify',
    pause_recording: 'Pause rec.', resume_recording: 'Resume rec.', hang_up: 'Hang up',
  },
  phase: { talking: 'Talking', held: 'On hold', calling: 'Calling {third}', consulting: 'Asking {third}', conference: 'Three-way with {third}', pushed: 'Caller is in a flow' },
  presence: { free: 'Free', busy: 'Busy', break: 'Break', away: 'Not signed in', fault: 'Phone out of service' },
  deskKey: {
    hold: 'Hold, take back', consult: 'Consult, cancel', transfer: 'Transfer, hand over', conference: 'Three-way call', push: 'Verify in a flow', recording: 'Pause or resume recording', hangUp: 'Hang up',
    pickUp: 'Pick up a colleague’s call', status: 'Ready, break', dial: 'Dial', reason: 'Call reason', summary: 'Summary', customer: 'Link customer', next: 'Next caller', help: 'These keys',
  },
}

export default messages
