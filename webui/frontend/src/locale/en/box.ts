import { PhraseBook, type Phrases } from '../phrasebook'

const pages = import.meta.glob<Phrases>('./box/*.json', { eager: true, import: 'default' })

/** Every sentence of the box in English; tests/unit/test_box_words.py finds those that are missing. */
export default new PhraseBook(Object.assign({}, ...Object.values(pages)) as Phrases)
