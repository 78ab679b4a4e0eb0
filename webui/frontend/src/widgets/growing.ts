import { computed, ref, watch, type ComputedRef } from 'vue'
import { afterPaint } from './afterPaint'

/**
 * The beginning of a long list, and after each picture some more of it, until it is whole: a click made meanwhile
 * waits for one slice, not for the list. What was reached stays when the list changes.
 */
export function useGrowing<T>(all: () => readonly T[], slice: number): ComputedRef<T[]> {
  const reached = ref(slice)
  let coming = false
  function grow(): void {
    if (coming || reached.value >= all().length) return
    coming = true
    afterPaint(() => {
      coming = false
      reached.value += slice
      grow()
    })
  }
  watch(() => all().length, grow, { immediate: true })
  return computed(() => all().slice(0, reached.value))
}
