/** New staff out of what people paste. Pure but for the passwords. */

export interface NewPerson {
  name: string
  number: string
  role: string
}

const ROLES: Record<string, string> = { 话务员: 'agent', 座席: 'agent', 班长: 'leader', 组长: 'leader', 主管: 'manager', 经理: 'manager', agent: 'agent', leader: 'leader', manager: 'manager' }
const STAFF_NUMBER = /^[0-9A-Za-z]{2,12}$/
const HEADINGS = ['姓名', '名字', '工号', 'name']

/** A person a line: name, staff number and role in any order, separated by tab, comma or blanks. */
export function parseStaff(text: string): { people: NewPerson[]; bad: number[] } {
  const people: NewPerson[] = []
  const bad: number[] = []
  text.split(/\r\n|\r|\n/).forEach((line, index) => {
    const cells = line.normalize('NFKC').split(/[\t,，;；]| {1,}/).map((cell) => cell.trim()).filter(Boolean)
    if (!cells.length || HEADINGS.includes(cells[0]!.toLowerCase())) return
    const role = cells.find((cell) => ROLES[cell.toLowerCase()])
    const number = cells.find((cell) => STAFF_NUMBER.test(cell) && /\d/.test(cell))
    const name = cells.find((cell) => cell !== role && cell !== number)
    if (!number || !name) bad.push(index + 1)
    else people.push({ name: name.slice(0, 40), number, role: ROLES[role?.toLowerCase() ?? ''] ?? 'agent' })
  })
  return { people, bad }
}

/** Letters and digits that nobody mistakes for others when reading them from paper. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

export function freshPassword(): string {
  const picked: string[] = []
  const bytes = new Uint8Array(1)
  while (picked.length < 10) {
    crypto.getRandomValues(bytes)
    // Bytes beyond the last whole round are thrown away, so that every letter is equally likely.
    if (bytes[0]! < 256 - (256 % LETTERS.length)) picked.push(LETTERS[bytes[0]! % LETTERS.length]!)
  }
  return picked.join('')
}
