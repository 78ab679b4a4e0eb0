import recordings from './recordings'
import cards from './cards'
import lines from './lines'
import calllog from './calllog'
import people from './people'
import customers from './customers'
import flows from './flows'
import interfaces from './interfaces'
import settings from './settings'
import wizard from './wizard'

/** Words that the frame and the first page do without: they come before any other page is shown. */
const messages = {
  ...recordings,
  ...cards,
  ...lines,
  ...calllog,
  ...people,
  ...customers,
  ...flows,
  ...interfaces,
  ...settings,
  ...wizard,
}

export type PageMessages = typeof messages
export default messages
