/** Testing an outside line by itself. */
const messages = {
  lineTest: {
    start: 'Test line', again: 'Test again', running: 'Testing, about 8 seconds, 30 with another line…', hint: 'Lifts the line, hears the dial tone, then measures noise, hum and echo. Only while the line is free; a caller who rings meanwhile has it at once.',
    at: 'tested {time}', good: 'Test passed', late: 'No result came; try again later.', dial: 'Dial tone', none: 'none', noise: 'Noise', hum: 'Hum', echo: 'Echo return loss', byPitch: 'Echo return loss by pitch',
    pair: 'With line {line}', there: 'there', back: 'back', loss: 'Loss',
    finding: {
      no_dial_tone: 'No dial tone: is the line plugged in, is it suspended?', dial_pitch: 'Dial tone is not at 450 Hz: perhaps behind a small exchange; hang-ups may be noticed late. Tell your service.',
      dial_weak: 'Dial tone is weak: a long line or a bad contact; both sides will sound faint. Have it checked.', hum: 'Loud hum: is the line near a power cable? Else have its insulation checked.',
      noise: 'Loud noise: look for loose or damp joints, or have the line checked.', echo: 'Loud echo: is another phone connected in parallel, or a joint bad? Agents may hear themselves.',
      pair_silent: 'A call to the other line of the box was not put through: check the numbers of both lines, or is one suspended?', pair_weak: 'Two lines of the box hear each other faintly: a long line or a bad contact. Have it checked.',
      interrupted: 'A caller rang during the test and has the line: nothing was measured.', line_lost: 'The line went away during the test: check the plug.',
    },
  },
}

export default messages
