/** Address, https and clock of the box. */
const messages = {
  network: {
    about: 'Address of the box in the LAN, certificate for https, and clock. A new address has to be confirmed from there, or the old one is back after two minutes.',
    address: 'Network address', now: 'Addresses now', name: 'Also found by name', unmanaged: 'The operating system of this machine looks after its address; set it there.',
    interface: 'Port', method: 'Address by', methods: { dhcp: 'DHCP', static: 'Fixed' }, own: 'Address', prefix: 'Mask bits', prefixHint: '24 is 255.255.255.0', gateway: 'Gateway', dns: 'DNS servers', dnsHint: 'separated by spaces; may be empty',
    apply: 'Apply', applyAsk: 'The network settings change now; calls go on. Confirm within two minutes at this address, or the old ones come back:',
    confirmAt: 'Open the new address and confirm', waiting: 'The new address is being used. It can be confirmed from there for {seconds} more seconds; otherwise the old one comes back.', setting: 'The new address is being set …', cutOff: 'The old address cannot be reached now; that is as it should be.', goesBack: 'Nobody confirmed the new address; the old one is coming back. This page connects again by itself.',
    waitingDhcp: 'The address comes by DHCP now. The screen of the box shows it, or open the box by name.', kept: 'The new address is confirmed and in use.',
    https: 'Certificate for https', noHttps: 'This box does not serve https (setting web.tls_port). Phones in the browser and recording prompts need the microphone, which browsers allow by https or on the box itself only.',
    httpsWhy: 'By https, what is said and typed crosses the network enciphered; phones in the browser and recording prompts need the microphone, which browsers allow by https only.',
    openSecure: 'Open by https', here: 'You are using https.', source: 'Certificate', ownCertificate: 'signed by this box', imported: 'imported', names: 'Good for', until: 'Good until', fingerprint: 'Fingerprint (SHA-256)',
    trust: 'Let computers trust this box', download: 'Download the root certificate', trustHint: 'Once on every computer; then browsers no longer warn. It is good for private addresses only and cannot stand in for other sites. Compare the fingerprint.',
    steps: {
      download: 'Download the root certificate hotlinebox-ca.crt on that computer.', open: 'Open it, choose “Install Certificate”, store location “Local Machine” (or “Current User”).',
      place: 'Choose “Place all certificates in the following store”, “Browse”, “Trusted Root Certification Authorities”, finish.', restart: 'Close all windows of Chrome and Edge, then open the https address. Firefox: Settings → Privacy & Security → View Certificates → Authorities → Import.',
    },
    redirect: 'Send http on to https', redirectHint: 'Install the root certificate on every computer first. Can be switched on only from a page opened by https.', extraNames: 'Further host names', extraNamesHint: 'such as hotline.lan, separated by spaces',
    import: 'Import a certificate', importHint: 'Where the bureau has one. Paste PEM text.', chain: 'Certificate (the server’s first, then those in between)', key: 'Private key (without password)', drop: 'Use the box’s own', dropAsk: 'The imported certificate is no longer used, the box shows its own. Sure?',
    clock: 'Clock', clockUnmanaged: 'The operating system of this machine looks after its clock; set it there.', boxTime: 'Time of the box', difference: '{seconds} s apart from this computer', same: 'same as this computer', setFromHere: 'Set it by this computer',
    setAsk: 'The clock of the box is set to that of this computer. Records from now on carry the new time; durations of running calls stay true.', synchronised: 'in step with a time server', notSynchronised: 'not in step with any time server', servers: 'Time servers', serversHint: 'NTP servers in the LAN, separated by spaces; empty: those that the router names',
    noHardware: 'This box has no hardware clock, or its battery is dead: time stands still while it is off. Name a time server, or set the clock after each power cut; the vendor can add a battery.',
    raised: 'When the box started its clock said {from}, before it was switched off; it was set to {to}. Set the clock: nobody knows how long the power was off, and records since then may be early.',
  },
}

export default messages
