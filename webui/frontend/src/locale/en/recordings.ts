/** Recordings of a call and the disk they lie on. */
const messages = {
  recordings: {
    lock: 'Lock, never clean up', locked: 'Locked: no clean-up deletes this recording.', unlock: 'Unlock', delete: 'Delete recording',
    deleteAsk: 'A deleted recording cannot be brought back; the call record and the hash stay. Delete it?', proof: 'Export proof', proofHint: 'A ZIP with the recording, the record, the hashes and a page that verifies them off-line',
    chain: 'Hash', noChain: 'Recorded before there were hashes', gone: { cleaned: 'Removed by clean-up', deleted: 'Deleted', lost: 'File lost' },
    goneAt: '{time}, {by}', evidence: 'Last 5 s before hang-up', evidenceHint: 'What was on the line before the box hung up by itself: listen whether it was right',
    notes: 'Notes', noNotes: 'No notes yet. Play to the moment, then write.', noteAt: 'Note at {time}', noteSave: 'Add', noteDelete: 'Delete note', noteGo: 'Go to {time}',
  },
  storage: {
    about: 'Recordings lie on the disk of this box. When space runs out the oldest unlocked ones go first; locked recordings and voicemails are never deleted by themselves.',
    free: '{free} free of {total}', used: 'Recordings {size} ({count}, {hours} h)', rest: 'Other files', level: { good: 'Enough space', warn: 'Needs attention', clean: 'Cleaning up', stop: 'Not recording' },
    day: 'Lately about {size} a day', daysLeft: 'at this rate clean-up begins in about {n} days', plenty: 'at this rate enough for ten years', full: 'the clean-up mark is reached',
    picture: 'Disk', marks: 'Three water marks', marksAbout: 'As free space falls below each mark, the box warns, cleans up, stops recording.',
    warn: 'Warn', warnHint: 'Below it the pages warn; also when the next mark is less than two weeks away.', clean: 'Clean up', cleanHint: 'Below it the oldest recordings go until a tenth more is free. Locked ones stay.',
    stop: 'Stop', stopHint: 'Below it no new recording is begun; calls go on. 0 takes the {size} of the settings.', keep: 'Keep for', keepHint: 'Unlocked recordings older than this are deleted. 0 keeps them while there is space.',
    evidence: 'Keep hang-up evidence for', evidenceHint: 'How long the last 5 s before automatic hang-ups are kept. 0 keeps them for ever.', checkAt: 'Nightly check at', checkAtHint: 'Every night at this time files, records and hashes are compared.',
    gb: 'GB', days: 'days', saved: 'Saved; in force now.', dirty: 'Not saved yet', reset: 'Discard changes',
    check: 'Check of recordings', checkNow: 'Check now', checkAll: 'Verify everything', cleanNow: 'Clean up now', cleanAsk: 'Delete unlocked recordings now, by age and by the clean-up mark? They cannot be brought back.',
    running: { check: 'Checking: {done} of {total}', clean: 'Cleaning up: {done} deleted' }, started: 'Started; calls are not disturbed.',
    never: 'Not checked yet. A check runs every night at {time}; you can start one now.', checked: '{time}: {n} recordings looked at, {verified} of them verified anew ({hours} h).',
    stopped: 'This check was not finished.', well: 'Files, records and hashes all agree.', found: '{n} problems found', more: 'Only the first {n} are listed.', repaired: 'repaired', open: 'to do',
    kind: {
      ledger_broken: 'ledger changed', changed: 'sound changed', header: 'wrong header', missing: 'file missing', orphan: 'stray file', empty: 'empty file', left_over: 'left by clean-up', found_again: 'found again',
      unproven: 'wrong hash', changed_while_down: 'changed while down',
    },
    where: 'Where', what: 'What', result: 'Result', toCall: 'Show call', withoutChain: '{n} more were recorded before there were hashes; only their files were checked.',
    head: 'Newest hash of the ledger', headHint: 'Write it down elsewhere: it proves later that nothing before it was replaced.', copy: 'Copy', copied: 'Copied',
    outages: 'Down times', outagesHint: 'The box did not work then; nothing was recorded.', orderly: 'stopped', cut: 'power cut or crash', noOutages: 'None.', unknown: 'unknown',
    lastClean: 'Last clean-up', cleanNever: 'None yet.', cleanDone: '{time}: {age} deleted by age, {space} for space, {evidence} pieces of evidence; {size} freed.',
    cleanShort: 'Still below the clean-up mark: what is left is locked, or the space is taken by other files. Make space or unlock some.',
    lockedList: 'Locked recordings', lockedNone: 'None. Lock one in the call detail.', lockedCount: '{n}', from: 'Started', peer: 'Other side', agent: 'Agent', length: 'Talked',
  },
}

export default messages
