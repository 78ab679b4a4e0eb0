import { PhraseBook } from '../phrasebook'
import engine from './box/engine.json'
import flows from './box/flows.json'
import jobs from './box/jobs.json'
import permissions from './box/permissions.json'
import plan from './box/plan.json'
import store from './box/store.json'
import web from './box/web.json'

/** Every sentence of the box in English; tests/unit/test_box_words.py finds those that are missing. */
export default new PhraseBook({ ...engine, ...flows, ...jobs, ...permissions, ...plan, ...store, ...web })
