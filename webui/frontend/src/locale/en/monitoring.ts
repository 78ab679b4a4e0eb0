import type zh from '../zh/monitoring'

const monitoring: typeof zh = {
  monitoring: {
    now: 'Now', day: 'Today',
    figure: {
      lines: 'Free lines', waiting: 'Waiting', longestNow: 'Longest wait', ready: 'Agents free', calls: 'Calls now',
      dayCalls: 'Calls today', dayAnswered: 'Answered', dayAbandoned: 'Gave up', dayWait: 'Mean wait', dayLevel: 'In time',
    },
    levelAbout: 'Share of callers who wanted an agent and were answered within {n} seconds',
    allQueues: 'All queues', allTeams: 'All teams',
    queueDay: 'Today {answered} answered · {lost} lost', order: 'Waiting callers in the order of service',
    priority: 'Priority {n}', waited: 'Waited', expected: 'about {time} more', nobodyServes: 'nobody to serve', soon: 'about to be served',
    move: 'Move', moveTitle: 'Move caller {number}', moveTo: 'Where to', choose: 'Choose', moved: 'Moved.', gone: 'This caller has hung up and cannot be moved.',
    to: { queue: 'Queue', seat: 'Seat', flow: 'Call flow', outside: 'Outside number' },
    column: { seat: 'Seat', name: 'Agent', state: 'State', since: 'For', talked: 'Talked today', missed: 'Missed' },
    talked: '{n} × {time}', missed: '{n} in a row', skipped: 'Not before {time}',
    change: 'Change', force: { ready: 'Make ready', on_break: 'Send on a break', logged_out: 'Sign out' },
    forced: '{name} is now “{status}”.', signOutSure: 'Sign {name} out? No more callers are sent there; a call that is going on is not affected.',
    nobodyHere: 'Nobody of this queue or team is signed in.',
    displays: 'Screens', displaysAbout: 'Make a link for each television: nobody signs in there and it never signs out. No telephone numbers, nothing to click; a retired link shows nothing at once.',
    displayLabel: 'Place', displayExample: 'e.g. Call hall', displayQueues: 'Queues shown', displayAgents: 'Show names and states of agents', displayAdd: 'Make a link', displayBy: 'Made',
    displayOnce: 'The link is shown this once. Open it in the browser of the television:', retire: 'Retire', retireSure: 'This screen shows nothing any more, at once.',
  },
  wall: {
    waiting: 'Waiting', longest: 'Longest wait', ready: 'Agents free', talking: 'Talking', level: 'In time', answered: 'Answered', lost: 'Lost', free: 'Free lines', calls: 'Calls today',
    queueReady: 'Free {ready} / {all}', expected: 'about {time}', nobody: 'none',
    down: '{n} lines out of order', engineDown: 'The telephone system is not running and is being restored', lost_connection: 'Connection lost, trying again; these figures are not the newest', full: 'Full screen',
    noLink: 'This page needs a link for screens. Make one for this television on the live board under “Screens”.',
  },
  alarms: {
    rulesName: 'Self-check', rulesWell: 'No contradictions found', rulesBroken: '{n} contradictions since the start; they are in the log, please tell the vendor',
    about: 'What was wrong with lines, queues and the system: when, until when, and who dealt with it.', rules: 'Alarm rules', log: 'Show', all: 'All', lasting: 'Lasting', which: 'Which',
    anyKind: 'Every kind', anyLevel: 'Every level', state: 'State', over: 'Over', levelTitle: 'Level', kindTitle: 'Kind', text: 'What', raised: 'Raised', lasted: 'Lasted', acknowledged: 'Noted by',
    acknowledge: 'Noted', acknowledgeAll: 'All noted', others: '{n} more', mute: 'Sound off', unmute: 'Sound on', soundOn: 'Sound is on', soundOff: 'Sound is off',
    none: 'There never was an alarm.', noneFound: 'No alarm fits.', saved: 'The rules are saved and in force.',
    rulesAbout: 'An alarm is raised when a value stays at its threshold for a while, and over when it stays well for a while: a trembling value raises it once.', service: 'In time: answered within', serviceAbout: 'The share on live board and wallboard goes by it.',
    on: 'On', threshold: 'Threshold', after: 'For (s)', clear: 'Well for (s)', sound: 'Sound', seconds: 's', people: 'callers', days: 'days', asNew: 'Back to defaults',
    level: { grave: 'Grave', warn: 'Warning', notice: 'Notice' },
    kind: {
      line_down: 'Line down', no_dial_tone: 'No dial tone', lines_busy: 'All lines busy', queue_long: 'Queue too long', wait_long: 'Wait too long', disk: 'Disk space',
      engine_down: 'Telephony stopped', engine_restarted: 'Telephony restarted', web_restarted: 'Web restarted', rules_broken: 'Contradictions', journal_behind: 'Log behind', clock_jump: 'Clock jumped', clock_unsure: 'Clock not sure', database: 'Database',
      backup_failed: 'Backup failed', backup_old: 'Backup too old',
    },
    aboutKind: {
      line_down: 'Plug out, broken wire, or a fault of the card', no_dial_tone: 'None was heard by an outgoing call or a line test', lines_busy: 'Every outside line is in use: new callers cannot come through', queue_long: 'Callers who wait in one queue', wait_long: 'Whoever waits longest in one queue',
      disk: 'Below one of the three marks of “Storage”', engine_down: 'How long the telephone system has not been running', engine_restarted: 'It broke off and was started again', web_restarted: 'It broke off and was started again',
      rules_broken: 'The engine found itself in a state that must never be', journal_behind: 'How far the call log is behind', clock_jump: 'By how much the clock was changed', clock_unsure: 'Without a hardware clock, and not set since the power was off', database: 'The database file is damaged, or was put back from a copy',
      backup_failed: 'The last backup did not go well', backup_old: 'Days in a row without a good backup',
    },
  },
}

export default monitoring
