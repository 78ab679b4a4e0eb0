import type zh from '../zh/prompts'

const prompts: typeof zh = {
  phoneTake: {
    way: 'Phone', record: 'Record', phone: 'Which phone', ring: 'Ring this phone',
    about: 'Lift the phone when it rings, speak after the beep and hang up; listen here and save when you are content.',
    ringing: 'The phone rings: lift it.', speaking: 'Speak after the beep; then hang up or press #.', nothing: 'Nothing was recorded: nobody lifted it, or it was put down at once. Try again.',
  },
}

export default prompts
