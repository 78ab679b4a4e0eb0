/** Short messages. */
const messages = {
  sms: {
    about: 'Messages to and from customers. What comes in is journalled before it is deleted from the SIM, so a power cut loses nothing.',
    find: 'Number, name or text', unreadOnly: 'Unread only', write: 'New message', templates: 'Templates', none: 'No messages yet. Press “New message” to send the first.', noneFound: 'No message matches.',
    choose: 'Choose a conversation on the left, or press “New message”.', unread: '{n} unread', you: 'Us', stranger: 'Unknown number', openCustomer: 'Customer', newCustomer: 'New customer', dial: 'Call', ofCustomer: 'Only of {name}', ofOne: 'Messages', earlier: 'Earlier messages',
    number: 'To', numberExample: 'Mobile number', text: 'Message', textExample: 'Message to {name}', send: 'Send', sendHint: 'Ctrl + Enter sends', useTemplate: 'Use a template', noTemplates: 'No templates yet', queued: 'In the outbox',
    counter: '{units} characters, {parts} parts', cost: 'about {yuan} yuan', tooLong: 'at most {most} parts, please shorten', today: 'Today {used} / {limit} parts, {yuan} yuan', waiting: '{n} waiting',
    missing: '{n} parts missing', partsOf: '{n} parts', costOf: '{yuan} yuan',
    states: { received: 'Received', queued: 'Waiting', sending: 'Sending', retrying: 'Will retry', sent: 'Sent', delivered: 'Delivered', undelivered: 'Not delivered', failed: 'Failed' },
    again: 'Send again', againSure: 'Send this message once more?',
    simulated: 'Simulated', simulatedAbout: 'This box uses the simulated card: no message leaves it, and everything sent is reported as delivered.', simulatedCome: 'Simulate a message from a customer', simulatedFrom: 'Customer’s number', simulatedText: 'What the customer writes', simulatedSend: 'Receive it',
    noModule: 'This box has no cellular module, so it can neither send nor receive messages.', noModuleHow: 'Connect a Quectel EC20 / EC25 / EG25 or SIMCom SIM7600 module (USB) with a SIM that allows messages, and press “Use this device” on the page Lines.',
    engineDown: 'The telephone system is not running: nothing can be sent now. Incoming messages stay on the SIM and are read when it is back.',
    module: 'Module', signal: 'Signal {dbm} dBm', noSignal: 'Signal unknown', notWorking: 'Fault', sims: { missing: 'No SIM', pin: 'PIN wanted', puk: 'SIM locked', faulty: 'SIM faulty' }, roaming: 'Roaming', kept: '{kept} / {room} on the SIM', line: 'Line {line}', searching: 'Searching for the network…', ownNumber: 'Own number {number}',
    templateName: 'Name', templateText: 'Text', templateNew: 'Add a template', templateRemove: 'Remove template {name}', templateAbout: 'One click puts the text into a message. {mark} becomes the customer’s name.', templateSaved: 'Templates saved',
  },
}

export default messages
