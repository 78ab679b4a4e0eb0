import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '@/api/client'
import { readForm, type CustomerField, type CustomerForm } from '@/api/customers'

/** The bureau's own fields, statuses, levels and areas; asked for when somebody first needs them. */
export const useCustomerForm = defineStore('customerForm', () => {
  const known = ref<CustomerForm | null>(null)
  let asking: Promise<void> | null = null
  const fields = computed<CustomerField[]>(() => known.value?.form.fields ?? [])
  const statuses = computed(() => known.value?.form.statuses ?? [])
  const levels = computed(() => known.value?.form.levels ?? [])
  const areas = computed(() => known.value?.areas.map((area) => area.label) ?? [])

  /** Without it pages show what every customer has; the next look asks again. */
  async function load(again = false): Promise<void> {
    if (known.value && !again) return
    asking ??= readForm()
      .then((form) => { known.value = form })
      .catch((error: unknown) => { if (!(error instanceof ApiError)) throw error })
      .finally(() => { asking = null })
    await asking
  }

  return { known, fields, statuses, levels, areas, load }
})
