/** Line cards: what is plugged in, what is used, what is wrong. */
const messages = {
  cards: {
    title: 'Cards and devices', none: 'The settings name no card.', well: 'Well', away: 'Not there', partly: 'Port faults', trial: 'for trying out or voicemail only',
    family: { sim: 'Simulated card', dahdi: 'Telephone card', modem: 'Voice modem', cellular: 'Cellular module', soundcard: 'Sound card' },
    kind: { fxo: 'Line', fxs: 'Phone', cellular: 'Mobile line' }, portOf: '{kind} {n}',
    spares: 'Plugged in, not used yet', spareHow: 'Once registered, the telephone system restarts by itself when no call is going on (about ten seconds), and the device can be used.',
    use: 'Use this device', used: 'Registered', useTitle: 'Use {name}', restart: 'The telephone system restarts when no call is going on, for about ten seconds. Running calls are not affected.',
    lines: 'Line sockets', stations: 'Phone sockets', socketsAbout: 'As many as there are modules on the card.', pin: 'PIN of the SIM', pinAbout: 'Empty if it asks for none. A wrong one is tried once only, which does not lock the SIM.', autoAnswer: 'Answer by itself', autoAnswerAbout: 'For a loudspeaker: it answers when it is called and hangs up when the call is over.',
    waiting: 'Waiting for calls to end; then the telephone system restarts by itself…', waitingCard: 'Waiting for the restart', drop: 'Stop using', dropTitle: 'Stop using {name}?', dropText: 'Its lines and seats are removed from the settings; earlier calls and recordings stay. The telephone system restarts when no call is going on, for about ten seconds.',
    free: 'not in use', makeLine: 'Use as a line', makeSeat: 'Use as a seat’s phone', madeLine: 'In use. Its name and call flow are under Settings, Outside lines.', madeSeat: 'In use. Its seat and extension are under Settings, Seats and phones.',
  },
}

export default messages
