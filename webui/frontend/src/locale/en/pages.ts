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
import type { PageMessages } from '../zh/pages'

const messages: PageMessages = {
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

export default messages
