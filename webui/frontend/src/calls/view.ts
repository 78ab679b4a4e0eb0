import { computed, ref, type ComputedRef, type Ref } from 'vue'
import {
  addSearch, arrangeSearches, changeSearch, deleteSearch, keepView, listSearches, readChoices, readView, type CallChoices, type CallOrder, type ListView,
  type SavedSearch, type SearchTerms, type ShownColumn,
} from '@/api/calllog'
import { ApiError } from '@/api/client'
import { useSession } from '@/stores/session'
import { shownColumns } from './columns'
import type { CallSearch } from './search'

const MOST_RECENT = 10
const PAUSE_MS = 600

export interface OwnView {
  view: Ref<ListView>
  columns: ComputedRef<ShownColumn[]>
  saved: Ref<SavedSearch[]>
  choices: Ref<CallChoices | null>
  trouble: Ref<string>
  load: () => Promise<void>
  setColumns: (columns: ShownColumn[]) => void
  remember: (search: CallSearch, order: CallOrder) => void
  save: (id: number | null, terms: SearchTerms) => Promise<SavedSearch>
  forget: (id: number) => Promise<void>
  arrange: (ids: number[]) => Promise<void>
  begin: (id: number | null) => void
}

/** How the person wants the list, and the searches that are kept; changes are sent a moment later. */
export function useView(): OwnView {
  const session = useSession()
  const view = ref<ListView>({ columns: [], default_search: null, recent: [] })
  const saved = ref<SavedSearch[]>([])
  const choices = ref<CallChoices | null>(null)
  const trouble = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  async function guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action()
      trouble.value = ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      trouble.value = error.message
    }
  }

  const load = (): Promise<void> =>
    guarded(async () => {
      ;[view.value, saved.value] = await Promise.all([readView(), listSearches()])
      choices.value = await readChoices()
    })

  function change(part: Partial<ListView>): void {
    view.value = { ...view.value, ...part }
    clearTimeout(timer)
    timer = setTimeout(() => void guarded(async () => void (await keepView(view.value))), PAUSE_MS)
  }

  function remember(search: CallSearch, order: CallOrder): void {
    if (!session.can('call.search_adv') || !Object.keys(search).length) return
    const text = JSON.stringify(search)
    const others = view.value.recent.filter((one) => JSON.stringify(one.search) !== text)
    change({ recent: [{ search, order }, ...others].slice(0, MOST_RECENT) })
  }

  async function save(id: number | null, terms: SearchTerms): Promise<SavedSearch> {
    const kept = await (id === null ? addSearch(terms) : changeSearch(id, terms))
    saved.value = await listSearches()
    return kept
  }

  async function forget(id: number): Promise<void> {
    await deleteSearch(id)
    saved.value = saved.value.filter((one) => one.id !== id)
    if (view.value.default_search === id) change({ default_search: null })
  }

  const arrange = (ids: number[]): Promise<void> => guarded(async () => void (saved.value = await arrangeSearches(ids)))

  return {
    view, saved, choices, trouble, load, remember, save, forget, arrange,
    columns: computed(() => shownColumns(view.value.columns)),
    setColumns: (columns) => change({ columns }),
    begin: (id) => change({ default_search: id }),
  }
}
