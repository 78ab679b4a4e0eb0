import recordings from './recordings'
import sms from './sms'
import cards from './cards'
import lines from './lines'
import calllog from './calllog'
import people from './people'
import customers from './customers'
import flows from './flows'
import interfaces from './interfaces'
import settings from './settings'
import wizard from './wizard'
import prompts from './prompts'
import support from './support'
import updates from './updates'
import backups from './backups'
import network from './network'

/** Words that the frame and the first page do without: they come before any other page is shown. */
const messages = {
  ...recordings,
  ...sms,
  ...cards,
  ...lines,
  ...calllog,
  ...people,
  ...customers,
  ...flows,
  ...interfaces,
  ...settings,
  ...wizard,
  ...prompts,
  ...support,
  ...updates,
  ...backups,
  ...network,
}

export type PageMessages = typeof messages
export default messages
