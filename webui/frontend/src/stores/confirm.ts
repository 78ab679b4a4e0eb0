import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

interface Asked {
  text: string
  answer: (given: boolean) => void
}

/** The password once more before something risky: whoever asks waits until it was given or refused. */
export const useConfirm = defineStore('confirm', () => {
  const asked = shallowRef<Asked | null>(null)
  const waiting = ref<((given: boolean) => void)[]>([])

  /** Several requests at once are answered by one dialog. */
  function ask(text: string): Promise<boolean> {
    return new Promise((resolve) => {
      waiting.value.push(resolve)
      asked.value ??= { text, answer }
    })
  }

  function answer(given: boolean): void {
    const all = waiting.value
    waiting.value = []
    asked.value = null
    for (const each of all) each(given)
  }

  return { asked, ask }
})
