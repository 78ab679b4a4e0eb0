export default {
  voicemail: {
    about: 'Messages that you may hear: left for you or those below you, and those of your boxes.', states: { new: 'New', heard: 'Heard', done: 'Done' }, all: 'All',
    box: 'Box', anyBox: 'All boxes', left: 'Left at', from: 'Caller', for: 'For', length: 'Length', state: 'State', assigned: 'Assigned to', unassigned: 'Nobody', note: 'Note',
    none: 'No messages.', noneFound: 'No messages match.', find: 'Caller number', listen: 'Play', close: 'Done', reopen: 'Reopen', markHeard: 'Mark as heard', markNew: 'Mark as new',
    callBack: 'Call back', calledBack: 'Called back: {result}', calling: 'Calling back', signInFirst: 'Sign in at a seat to call back', heardBy: 'Heard by {name} at {at}', handledBy: 'Handled by {name} at {at}',
    assign: 'Assign to', noteExample: 'What was done', saveNote: 'Save note', saved: 'Saved', delete: 'Delete message', deleteSure: 'The sound cannot be brought back; the call stays in the log. Delete it?',
    keys: '↑↓ choose · Enter play · D done · R call back', due: 'Due {at}', openCall: 'Call details',
  },
  followUp: {
    about: 'Callers who reached nobody, by due time; they close when the customer gets through or we reach them.', states: { open: 'To call', overdue: 'Overdue', closed: 'Closed' },
    kinds: { missed: 'Missed', call_back: 'Call-back' }, due: 'Due', overdue: '{time} late', left: '{time} left', days: '{days} d {hours} h', hours: '{hours} h {minutes} min', minutes: '{minutes} min', from: 'Customer', why: 'What happened', calls: 'called {n} times', tries: '{n} tries in vain',
    queue: 'Queue', anyQueue: 'All queues', owner: 'Owner', together: 'Whole queue', first: 'First call', dial: 'Call', end: 'Close', endTitle: 'No more calling back', reason: 'Reason', reasonExample: 'e.g. the customer came to the shop',
    reasons: ['Number not reachable', 'Customer came in person', 'Registered twice', 'Nuisance call'], endIt: 'Close it', give: 'Give to', history: 'History', find: 'Customer number',
    none: 'Nobody has to be called back.', noneOverdue: 'Nobody is overdue.', noneFound: 'No rows match.', dialling: 'Pick up when your phone rings; {number} is dialled then',
    closings: { called_again: 'Called again', reached: 'Reached', by_hand: 'By hand' }, closedBy: '{how} · {name}', closedAt: 'Closed at',
    steps: { unserved: 'Called in vain', booked: 'Booked a call-back', assigned: 'Given to', tried: 'Not reached', called_again: 'Got through', reached: 'Reached', by_hand: 'Closed by hand' },
    day: { opened: 'New', served: 'Reached', inTime: 'in time', open: 'To call', overdue: 'Overdue', byHand: 'By hand', withoutNumber: 'No number', linesBusy: 'All lines busy', linesBusyAbout: 'How long all outside lines were in use: nobody could get through.', withoutNumberAbout: 'Missed calls without a number; nobody can call them back.', title: 'The day' },
    rules: { title: 'Rules', due: 'Minutes to call back a missed call', callBack: 'Minutes to call back who booked it', hours: 'Office hours in which the time runs', always: 'Round the clock', beforeAnswer: 'Also callers who hung up before the box answered' },
    pop: '{n} missed call to be called back', popDue: 'Call back by {at}', popVoicemails: '{n} messages not dealt with', shown: 'Found by the flow',
  },
}
