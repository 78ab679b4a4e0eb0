const messages = {
  callColumn: {
    started_at: 'Started', direction: 'Direction', result: 'Result', peer_number: 'Number', customer_name: 'Customer', cust_status: 'Status', cust_level: 'Level', area: 'Area',
    line: 'Line', queue: 'Queue', agent: 'Staff no.', agent_name: 'Agent', station: 'Station', ring_s: 'Rang', wait_s: 'Waited', talk_s: 'Talked', total_s: 'In all', reason: 'Reason',
    summary: 'Summary', recording: 'Recording', voicemail: 'Voicemail', rating: 'Rating', ticket: 'Ticket', hang_up_side: 'Hung up by', hang_up_cause: 'Hang-up cause', answered_at: 'Answered',
    connected_at: 'Connected', ended_at: 'Ended', peer_number_raw: 'Raw number', peer_name: 'Caller name', caller_id: 'Caller ID', hotline: 'Hotline', agents: 'All agents',
    transfers: 'Transfers', call_id: 'Call no.',
  },
  calllog: {
    has: 'yes', between: '{min}–{max} s', active: 'Active conditions', removeAll: 'Remove all', sortBy: 'Sort by {name}', widthOf: 'Width of {name}: drag, or use the left and right keys',
    columns: 'Columns', columnsAbout: 'Tick what is shown. Drag a heading to move it, its edge to size it.', columnsReset: 'As the box comes', earlier: 'Move {name} up', later: 'Move {name} down',
    saved: 'Saved searches', saveThis: 'Save this search', save: 'Save search', change: 'Change search', name: 'Name', nameExample: 'e.g. missed repair calls today', everything: 'All calls, no condition',
    begin: 'Begin with this search when I open the call log', share: 'Share with everybody', shared: 'shared', ofOthers: 'Shared by others', recent: 'Recent', noneSaved: 'No searches saved yet. Set conditions, save them, and use them again with one click.',
    deleteSure: 'Delete the search “{name}”?', changeOf: 'Change search {name}', deleteOf: 'Delete search {name}', idleNot: 'Fill in the condition first: “not” works on what is filled in.', pending: 'Conditions changed: press Search',
    units: 'Departments and teams', wholeFlow: '{name} (the whole flow)', orStep: 'One more step (any of them will do)', dropStep: 'Drop this step', ticketKinds: 'Kind', ticketStatuses: 'State',
    masked: 'You may not see whole numbers: they are masked in the file too.', print: 'Print', keys: '↑↓ choose, Enter opens, blank plays, / search', counting: 'counting…',
    trouble: 'Your settings of the list were not kept: {why}',
    printTitle: 'Call log', printBy: 'Printed by {by} at {at}', printCount: '{n} calls', printCut: '{total} calls, the first {n} of them here; narrow the search, or export to Excel.', printAll: 'Conditions: all calls', printWhere: 'Conditions: ',
    printNow: 'Print', printWait: 'Preparing…', printNone: 'No calls match: there is nothing to print.', printBroken: 'The address is incomplete. Go back to the call log and press Print again.',
    bind: 'Bind to customer', bindFind: 'Any part of name, number, card or address', bindNone: 'No such customer found.', bindNew: 'New customer', unbind: 'Unbind', stranger: 'Unknown caller, bound to no customer.',
    quiet: 'Skip silence', quietHint: 'Skips when nobody speaks for more than 2 seconds', here: 'Hear this moment in the recording',
  },
}

export default messages
