const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\/(\d+)/, 'Edge'], [/Firefox\/(\d+)/, 'Firefox'], [/(?:Chrome|Chromium)\/(\d+)/, 'Chrome'], [/Version\/(\d+).*Safari/, 'Safari'],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/Windows/, 'Windows'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux'],
]

/** `Chrome 120 · Windows`, as far as a browser says what it is; empty when it does not. */
export function browserName(agent: string): string {
  const browser = BROWSERS.map(([sign, name]) => (sign.test(agent) ? `${name} ${sign.exec(agent)?.[1] ?? ''}` : '')).find(Boolean)
  const system = SYSTEMS.find(([sign]) => sign.test(agent))?.[1]
  return [browser, system].filter(Boolean).join(' · ')
}
