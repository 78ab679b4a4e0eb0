/** Remote support of the vendor, its recordings, the support bundle. */
const messages = {
  support: {
    about: 'Off by default. The vendor’s engineers can sign in only after you open it here, for a limited time; everything is recorded, and you can cut it off at any moment.',
    byHand: 'The services of remote support are not installed (run for development): after opening, start hotlinebox support gate by hand.', noKey: 'The vendor’s public key is not on this box: nobody can sign in, so it cannot be opened. Ask the vendor.',
    closed: 'Remote support is closed', closedHint: 'Nobody can sign in to this box from outside.', open: 'Remote support is open', until: 'Closes by itself at {time}, in {left}.', openedBy: 'Opened by {name} at {time}',
    reason: 'Reason', reasonHint: 'For example: noise on line 2, please look', hours: 'Open for', hour: '{n} h', reach: 'What is allowed',
    reaches: { commands: 'Restricted commands only', shell: 'Full command line' },
    reachHint: { commands: 'Status, self-check, logs (numbers and names hidden) and the support bundle; nothing can be changed.', shell: 'The engineer can read and write the data of this box, customers and recordings included. Only when the vendor asks for it.' },
    go: 'Open', cut: 'Close now', cutAsk: '{n} running sessions end at once. Close now?',
    tunnel: 'Relay', tunnels: { connecting: 'Connecting to the relay…', up: 'Connected to the relay, port {port}', down: 'Not connected to the relay' },
    faults: { unreachable: 'It cannot be reached: check the network, the address and the port.', unknown_name: 'The name cannot be resolved: check the network and DNS.', wrong_host_key: 'The host key of the server is not the one set here, so there is no connection. Ask the vendor.', not_admitted: 'The relay does not know the key of this box: send the “Key of this box” below to the vendor.', port_taken: 'The port is taken: ask the vendor.', broken: 'The connection broke; trying again.' },
    relay: 'Relay', relayHint: 'Given by the vendor. The box connects outwards; no port is opened in the LAN.', host: 'Address', port: 'Port', user: 'User', hostKey: 'Host key', hostKeyHint: 'Such as ssh-ed25519 AAAA…; compare it with the vendor', listenPort: 'Sign-in port', listenHint: '0: the relay chooses', save: 'Save', saved: 'Saved', edit: 'Change', unset: 'Not set yet', after: 'In force from the next opening on.',
    serial: 'Number of this box', tunnelKey: 'Key of this box', boxKey: 'Key shown at sign-in', keysHint: 'Send these to the vendor, who makes certificates and admits the box by them.', noKeys: 'Made at the first opening', copied: 'Copied', copy: 'Copy',
    sessions: 'Recorded sessions', noSessions: 'Nobody has signed in yet.', who: 'Engineer', began: 'Began', lasted: 'Lasted', what: 'What', ended: 'Ended', running: 'Running', interactive: 'Command line', serialNo: 'certificate {n}', replay: 'Replay', unnamed: '(unnamed)',
    endings: { done: 'Finished', closed: 'Cut by an administrator', expired: 'Time was over', left: 'Connection lost', full: 'Recording full', torn: 'Torn off' },
    player: 'Replay of a session', play: 'Play', pause: 'Pause', again: 'Play again', speed: '{n}×', typed: 'Typed', nothingTyped: 'Nothing was typed.', at: 'Position', cutWaits: 'Waits of more than 2 s are cut',
    bundle: 'Support bundle', bundleHint: 'Versions, settings, self-check, lines and logs in one archive for the vendor. Nothing of customers: numbers, names and addresses are hidden. Look at it, then download.', make: 'Make the bundle', remake: 'Make again', making: 'Being made…', madeAt: 'Made {time}', download: 'Download', look: 'Look', size: '{n} KB',
    part: { 'about.txt': 'Versions and state of the box', 'settings.json': 'Settings (no passwords)', 'health.json': 'Engine and lines', 'journal.txt': 'Journal in counts', 'trace.txt': 'Last call steps (no numbers)', 'doctor.txt': 'Self-check', 'logs/engine.txt': 'Engine log', 'logs/web.txt': 'Web log', 'logs/support.txt': 'Remote support log' },
  },
}

export default messages
