/** Keys of the desk: letters with Alt, at any time. Never alone: words typed beside a field must not hang up on anybody. */

export const DESK_KEYS = {
  KeyH: 'hold', KeyC: 'consult', KeyT: 'transfer', KeyJ: 'conference', KeyP: 'push', KeyR: 'recording', KeyX: 'hangUp',
  KeyU: 'pickUp', KeyG: 'status', KeyK: 'dial', KeyN: 'reason', KeyM: 'summary', KeyB: 'customer', KeyL: 'next',
} as const
export type DeskAction = (typeof DESK_KEYS)[keyof typeof DESK_KEYS] | 'help'

/** What the help shows, in its order. */
export const KEY_HELP: { action: DeskAction; key: string }[] = [
  ...Object.entries(DESK_KEYS).map(([code, action]) => ({ action, key: `Alt + ${code.slice(3)}` })),
  { action: 'help', key: '?' },
]

type Pressed = Pick<KeyboardEvent, 'code' | 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'repeat' | 'isComposing'>

/** What the key is to do; null: nothing of ours. A key held down does it once, one that a word is being composed with never. */
export function actionOf(pressed: Pressed, typing: boolean): DeskAction | null {
  if (pressed.repeat || pressed.isComposing || pressed.ctrlKey || pressed.metaKey) return null
  if (pressed.key === '?' && !typing) return 'help'
  if (pressed.shiftKey || !pressed.altKey) return null
  return DESK_KEYS[pressed.code as keyof typeof DESK_KEYS] ?? null
}

/** Whether keys go into a field, or belong to an open list or dialogue. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || Boolean(target.closest('input, textarea, select, [role="dialog"], [role="menu"], [role="listbox"]'))
}
