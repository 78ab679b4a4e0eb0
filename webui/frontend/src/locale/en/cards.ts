/** Line cards: what is plugged in, what is used, what is wrong. */
const messages = {
  cards: {
    title: 'Cards and devices', none: 'The settings name no card.', well: 'Well', away: 'Not there', partly: 'Port faults', trial: 'for trying out or voicemail only',
    family: { sim: 'Simulated card', dahdi: 'Telephone card', modem: 'Voice modem', cellular: 'Cellular module', soundcard: 'Sound card' },
    kind: { fxo: 'Line', fxs: 'Phone', cellular: 'Mobile line' }, portOf: '{kind} {n}',
    spares: 'Plugged in, not used yet', spareHow: 'To use it, add these lines to settings.toml and restart the telephone system.', copy: 'Copy', copied: 'Copied',
  },
}

export default messages
