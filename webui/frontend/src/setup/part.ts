import { computed, reactive, ref, shallowRef, type ComputedRef, type Ref, type UnwrapNestedRefs } from 'vue'
import { ApiError, type Fault } from '@/api/client'
import { readPart, writePart, type FieldForm, type PlanPart } from '@/api/settings'
import { propertiesOf } from './form'
import { merge, same } from './merge'

const clone = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

/** One thing that is read, edited and saved as a whole, with a revision against two people at once. */
export interface Source<Value> {
  read: () => Promise<PlanPart<Value>>
  write: (revision: string, value: Value) => Promise<PlanPart<Value>>
}

export interface EditedPart<Value> {
  draft: Value
  ready: boolean
  dirty: boolean
  busy: boolean
  trouble: string
  faults: readonly Fault[]
  /** Sentence of the server when somebody else changed the same fields meanwhile; empty otherwise. */
  conflict: string
  changeable: readonly string[]
  /** Fields of the value, or of each item of a list. */
  fields: Record<string, FieldForm>
  /** Fields of an object within the value. */
  sub: (name: string) => Record<string, FieldForm>
  load: () => Promise<void>
  save: () => Promise<boolean>
  revert: () => void
  /** After a conflict: what I wrote wins where both changed the same. */
  overwrite: () => Promise<boolean>
  /** After a conflict: what the other wrote. */
  takeTheirs: () => void
  /** The sentence for a field, by its path: `[0].label`. */
  wrong: (path: string) => string
  /** Whether anything below the path is wrong. */
  anyWrong: (path: string) => boolean
}

export function usePart<Value extends object>(name: string, empty: Value): EditedPart<Value> {
  return useSource<Value>({ read: () => readPart<Value>(name), write: (revision, value) => writePart(name, revision, value) }, empty)
}

export function useSource<Value extends object>(source: Source<Value>, empty: Value): EditedPart<Value> {
  const draft = ref(clone(empty)) as Ref<Value>
  const saved = shallowRef(clone(empty)) as Ref<Value>
  const part = shallowRef<PlanPart<Value> | null>(null)
  const theirs = shallowRef<PlanPart<Value> | null>(null)
  const busy = ref(false)
  const trouble = ref('')
  const conflict = ref('')
  const faults = ref<readonly Fault[]>([])
  const dirty: ComputedRef<boolean> = computed(() => part.value !== null && !same(draft.value, saved.value))

  function take(fresh: PlanPart<Value>, value: Value = fresh.value): void {
    part.value = fresh
    saved.value = clone(fresh.value)
    draft.value = clone(value)
    clear()
  }

  function clear(): void {
    trouble.value = conflict.value = ''
    faults.value = []
    theirs.value = null
  }

  async function attempt(action: () => Promise<void>): Promise<boolean> {
    busy.value = true
    try {
      await action()
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      faults.value = error.faults.length ? error.faults : error.field ? [{ field: error.field, text: error.message }] : []
      trouble.value = error.message
      return false
    } finally {
      busy.value = false
    }
  }

  async function send(): Promise<void> {
    const revision = part.value?.revision ?? ''
    try {
      take(await source.write(revision, draft.value))
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || error.field !== 'revision') throw error
      await meet(error)
    }
  }

  /** Somebody was faster: what does not touch the same fields is put together and sent again. */
  async function meet(error: ApiError): Promise<void> {
    const newest = await source.read()
    const both = merge(saved.value, draft.value, newest.value)
    if (both.clashes) {
      theirs.value = newest
      conflict.value = error.message
      throw error
    }
    take(newest, both.value as Value)
    take(await source.write(newest.revision, both.value as Value))
  }

  const save = async (): Promise<boolean> => {
    if (busy.value) return false
    clear()
    return attempt(send)
  }

  async function overwrite(): Promise<boolean> {
    if (!theirs.value) return false
    take(theirs.value, merge(saved.value, draft.value, theirs.value.value).value as Value)
    return save()
  }

  const edited: UnwrapNestedRefs<unknown> = reactive({
    draft, busy, trouble, faults, conflict, dirty, save, overwrite,
    ready: computed(() => part.value !== null),
    changeable: computed(() => part.value?.changeable ?? []),
    sub: (name: string) => (part.value ? propertiesOf(propertiesOf(part.value.form)[name] ?? {}, part.value.form) : {}),
    fields: computed(() => (part.value ? propertiesOf(part.value.form) : {})),
    load: async () => {
      await attempt(async () => take(await source.read()))
    },
    revert: () => {
      draft.value = clone(saved.value)
      clear()
    },
    takeTheirs: () => theirs.value && take(theirs.value),
    wrong: (path: string) => faults.value.find((fault) => fault.field === path)?.text ?? '',
    anyWrong: (path: string) => faults.value.some((fault) => fault.field.startsWith(path)),
  })
  return edited as EditedPart<Value>
}
