import { ref, type Ref } from 'vue'
import { ApiError } from '@/api/client'

export interface Submit {
  busy: Ref<boolean>
  /** Sentence of the server by the field it concerns. */
  fields: Ref<Record<string, string>>
  /** Sentence that concerns no single field. */
  general: Ref<string>
  /** Runs one request; answers whether it went through. Sentences of an earlier try disappear. */
  run: (action: () => Promise<unknown>) => Promise<boolean>
  clear: () => void
}

/** Sending a form: busy while it runs, errors where they belong. `known` names the fields that have a place for one. */
export function useSubmit(known: readonly string[] = []): Submit {
  const busy = ref(false)
  const fields = ref<Record<string, string>>({})
  const general = ref('')

  function clear(): void {
    fields.value = {}
    general.value = ''
  }

  async function run(action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    clear()
    busy.value = true
    try {
      await action()
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const field = error.field?.split(/[.[]/)[0] ?? ''
      if (known.includes(field)) fields.value = { [field]: error.message }
      else general.value = error.message
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, fields, general, run, clear }
}
