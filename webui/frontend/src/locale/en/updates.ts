/** Versions of the box, updates, restart, factory reset. */
const messages = {
  updates: {
    about: 'A new version goes into the other system partition and is tried after a restart; if it fails its self-test the box returns by itself, and data stays. Calls go on while it is installed.',
    now: 'Version', noImage: 'This machine does not run from the vendor’s image: update its Debian package (see the installation guide).',
    slot: 'System partition {slot}', running: 'running', empty: 'empty',
    content: { good: 'usable', trial: 'on trial', failed: 'failed its self-test', empty: 'empty' },
    back: 'Return to {version}', backAsk: 'After the next restart {version} is used, and stays if it passes its self-test. Prepare this now?',
    file: 'Update file', choose: 'Choose an update file', chooseHint: 'The vendor’s .update file, 1 GB at most. You can also drop it here.',
    uploading: 'Uploading {percent}%', stop: 'Stop', uploaded: '{mb} MB uploaded, not installed yet.', install: 'Check and install', discard: 'Discard',
    phase: {
      idle: 'Never updated so far.', checking: 'Checking signature and contents…', writing: 'Writing {version}…', ready: 'Written, waits for a restart', trial: 'On trial', done: 'Updated', failed: 'Not installed', returned: 'Returned to the old version',
    },
    trialHint: 'The self-test is running; its result comes within minutes.',
    restart: 'Restart', restartHint: 'Waits until no call is going on; takes a minute or two, in which no call can be taken.', restartNow: 'Restart now', restartAt: 'At a time', at: 'Time of restart',
    planned: 'Restarts after {time}, as soon as no call is going on.', waiting: '{n} call(s) going on; restarts when they end.', soon: 'Restarting in a moment.', cancel: 'Do not restart', restartAsk: 'The box restarts as soon as no call is going on, and takes no calls meanwhile. Go ahead?',
    restarting: 'The box is restarting; this page comes back by itself.',
    reset: 'Factory reset', resetHint: 'Throws away all calls, recordings, customers, people and settings, for ever. Make a backup first.', resetAsk: 'Everything is thrown away and the box restarts at once. Type “{word}” to go ahead:', resetWrong: 'Type “{word}”.',
  },
}

export default messages
