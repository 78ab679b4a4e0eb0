import { defineStore } from 'pinia'
import { ref } from 'vue'
import { ApiError } from '@/api/client'
import { keepFavourites, readWorkPlace, type Favourite, type TransferTo, type WorkPlace } from '@/api/workplace'
import { useSession } from './session'

const MOST_RECENT = 6

/** What belongs to the agent and not to a call: queues, reasons for a break, favourite and recent targets. */
export const useWorkPlace = defineStore('workplace', () => {
  const session = useSession()
  const place = ref<WorkPlace>({ queues: [], break_reasons: [], favourites: [] })
  const recent = ref<Favourite[]>([])
  const key = (): string => `recent-targets-${session.user?.id ?? ''}`

  async function load(): Promise<void> {
    recent.value = readRecent(key())
    try {
      place.value = await readWorkPlace()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // The banner says that the box is out of reach; it is asked again with the next connection.
    }
  }

  const isFavourite = (to: TransferTo, target: string): boolean =>
    place.value.favourites.some((one) => one.to === to && one.target === target)

  async function setFavourite(to: TransferTo, target: string, on: boolean): Promise<void> {
    const rest = place.value.favourites.filter((one) => one.to !== to || one.target !== target)
    const favourites = on ? [...rest, { to, target }] : rest
    place.value = { ...place.value, favourites }
    await keepFavourites(favourites)
  }

  function used(to: TransferTo, target: string): void {
    const rest = recent.value.filter((one) => one.to !== to || one.target !== target)
    recent.value = [{ to, target }, ...rest].slice(0, MOST_RECENT)
    try {
      localStorage.setItem(key(), JSON.stringify(recent.value))
    } catch {
      // Without storage the list lasts as long as the page.
    }
  }

  return { place, recent, load, isFavourite, setFavourite, used }
})

function readRecent(key: string): Favourite[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as Favourite[]
  } catch {
    return []
  }
}
