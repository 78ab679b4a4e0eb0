import { describe, expect, it } from 'vitest'
import { actionOf, DESK_KEYS, KEY_HELP } from './keys'

const press = (code: string, more: Partial<KeyboardEvent> = {}): Parameters<typeof actionOf>[0] => ({
  code, key: code.slice(3).toLowerCase(), altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, repeat: false, isComposing: false, ...more,
})

describe('keys of the desk', () => {
  it('work with Alt, also in a field; letters alone do nothing to a call', () => {
    expect(actionOf(press('KeyX'), false)).toBeNull()
    expect(actionOf(press('KeyH'), true)).toBeNull()
    expect(actionOf(press('KeyH', { altKey: true }), false)).toBe('hold')
    expect(actionOf(press('KeyH', { altKey: true, key: '˙' }), true)).toBe('hold')
  })

  it('leave to the browser and to the input method what is theirs', () => {
    expect(actionOf(press('KeyC', { ctrlKey: true }), false)).toBeNull()
    expect(actionOf(press('KeyR', { metaKey: true }), false)).toBeNull()
    expect(actionOf(press('KeyH', { isComposing: true, altKey: true }), true)).toBeNull()
    expect(actionOf(press('KeyX', { altKey: true, repeat: true }), false)).toBeNull()
    expect(Object.keys(DESK_KEYS)).not.toEqual(expect.arrayContaining(['KeyD', 'KeyE', 'KeyF']))
  })

  it('a question mark is help, but not within words', () => {
    expect(actionOf(press('Slash', { key: '?', shiftKey: true }), false)).toBe('help')
    expect(actionOf(press('Slash', { key: '?', shiftKey: true }), true)).toBeNull()
  })

  it('all stand in the help', () => {
    expect(new Set(KEY_HELP.map((one) => one.action))).toEqual(new Set([...Object.values(DESK_KEYS), 'help']))
  })
})
