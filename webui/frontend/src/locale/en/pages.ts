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
import type { PageMessages } from '../zh/pages'

const messages: PageMessages = {
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

export default messages
