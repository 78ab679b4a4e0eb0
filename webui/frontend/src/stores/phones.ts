import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { PhoneView } from '@/live/messages'
import { LastingSocket } from '@/live/socket'
import { said } from '@/locale/said'
import { packAudio, unpackAudio } from '@/phones/pcm'
import { Sound, type MicrophoneState } from '@/phones/sound'
import { useLive } from './live'

export const LINE_FAULTS = ['unplugged', 'stuck_ring', 'crosstalk', 'clipped', 'twisted_dtmf', 'no_hang_up'] as const
/** The whole card, said of any of its lines. */
export const CARD_FAULT = 'card_out'
export type LineFault = (typeof LINE_FAULTS)[number] | typeof CARD_FAULT

/** The virtual phones: their commands, and whose handset is at my ear. */
export const usePhones = defineStore('phones', () => {
  const live = useLive()
  const phones = computed(() => live.board.phones)
  const connected = ref(false)
  const refused = ref('')
  const handset = ref('')
  const microphone = ref<MicrophoneState>('off')
  const followHook = ref(true)
  const audibleBell = ref(true)
  const faults = ref(new Set<string>())
  const sound = new Sound((frame) => {
    if (handset.value) socket.send(packAudio(handset.value, frame))
  })
  const socket = new LastingSocket('/phones', {
    opened: () => {
      connected.value = true
      if (handset.value) send({ type: 'ListenPhone', phone: handset.value, on: true })
    },
    text: (message) => take(JSON.parse(message) as { type: string; text?: string; phone?: PhoneView }),
    binary: (message) => {
      const { phone, pcm } = unpackAudio(message)
      if (phone === handset.value) sound.play(pcm)
    },
    lost: () => (connected.value = false),
  })

  function take(message: { type: string; text?: string; phone?: PhoneView }): void {
    if (message.type === 'Refused') refused.value = said(message.text ?? '')
    else if (message.type === 'PhoneChanged' && message.phone) live.take({ type: 'PhoneChanged', n: 0, phone: message.phone })
  }

  function send(command: Record<string, unknown>): void {
    refused.value = ''
    socket.send(JSON.stringify(command))
  }

  async function hold(phone: string): Promise<void> {
    if (handset.value === phone) return
    if (handset.value) send({ type: 'ListenPhone', phone: handset.value, on: false })
    handset.value = phone
    sound.hush()
    if (!phone) return
    send({ type: 'ListenPhone', phone, on: true })
    if (microphone.value === 'off' || microphone.value === 'refused') {
      microphone.value = 'asking'
      microphone.value = await sound.open()
    }
  }

  async function hook(phone: string, offHook: boolean): Promise<void> {
    send({ type: 'PhoneHook', phone, off_hook: offHook })
    if (offHook && followHook.value && !phones.value.find((one) => one.phone === phone)?.at_box) await hold(phone)
  }

  async function call(phone: string, number: string, line: number): Promise<void> {
    send({ type: 'PhoneCall', phone, number, line })
    if (followHook.value) await hold(phone)
  }

  const press = (phone: string, digit: string): void => send({ type: 'PhoneKey', phone, digit })
  const flash = (phone: string): void => send({ type: 'PhoneFlash', phone })

  function setFault(line: number, fault: LineFault, on: boolean): void {
    const next = new Set(faults.value)
    if (on) next.add(`${line}/${fault}`)
    else next.delete(`${line}/${fault}`)
    faults.value = next
    send({ type: 'SetLineFault', line, fault, on })
  }

  watch([phones, audibleBell], () => {
    for (const one of phones.value) sound.ring(one.phone, one.ringing && audibleBell.value)
  })

  function leave(): void {
    socket.close()
    connected.value = false
    handset.value = ''
    microphone.value = 'off'
    void sound.close()
  }

  return {
    phones, connected, refused, handset, microphone, followHook, audibleBell, faults,
    enter: () => socket.open(), leave, hold, hook, call, press, flash, setFault,
  }
})
