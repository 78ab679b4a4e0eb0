import { reactive } from 'vue'

/** Which dialogue of the desk is open; buttons and keys on any page open them. */
export const open = reactive({
  chooser: null as 'consult' | 'transfer' | null,
  push: false,
  help: false,
  /** Call whose customer is being looked for. */
  bind: '',
})
