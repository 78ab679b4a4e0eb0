import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useLive } from './live'

/** One ticking second for every waiting time on the screen, by the clock of the box. */
export const useClock = defineStore('clock', () => {
  const live = useLive()
  const oursMs = ref(Date.now())
  setInterval(() => (oursMs.value = Date.now()), 1000)
  const nowMs = computed(() => oursMs.value + live.board.clockOffsetMs)
  /** Whole seconds since an ISO time; 0 for an empty or future one. */
  const secondsSince = (iso: string): number => {
    const at = Date.parse(iso)
    return Number.isNaN(at) ? 0 : Math.max(0, Math.floor((nowMs.value - at) / 1000))
  }
  return { nowMs, secondsSince }
})
