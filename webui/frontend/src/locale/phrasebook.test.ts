import { expect, it } from 'vitest'
import { PhraseBook } from './phrasebook'

const book = new PhraseBook({
  '没有这项设置。': 'There is no such setting.',
  '没有名为“{0}”的技能组。': 'There is no queue “{0}”.',
  '{0}：{1}': '{0}: {1}',
  '节点“{0}”': 'Node “{0}”',
  '节点“{0}”的出口“{1}”没有接到下一个节点。': 'The exit “{1}” of node “{0}” leads nowhere.',
  '磁盘剩余 {0} GB，': '{0} GB of disk space left, ',
  '低于提醒线。': 'below the warning mark.',
  '系统管理员': 'System administrator',
  '技能组': 'Queue',
  '请重试。': 'Try again.',
})

it('says whole phrases, with their values where they belong', () => {
  expect(book.said('没有这项设置。')).toBe('There is no such setting.')
  expect(book.said('节点“甲”的出口“乙”没有接到下一个节点。')).toBe('The exit “乙” of node “甲” leads nowhere.')
})

it('leaves quoted values alone, even when they are phrases', () => {
  expect(book.said('没有名为“技能组”的技能组。')).toBe('There is no queue “技能组”.')
})

it('says values that are phrases themselves', () => {
  expect(book.said('节点“甲”：没有名为“报修”的技能组。')).toBe('Node “甲”: There is no queue “报修”.')
})

it('puts together what was put together', () => {
  expect(book.said('磁盘剩余 3.2 GB，低于提醒线。')).toBe('3.2 GB of disk space left, below the warning mark.')
  expect(book.said('没有这项设置。请重试。')).toBe('There is no such setting. Try again.')
  expect(book.said('系统管理员、王建国')).toBe('System administrator, 王建国')
})

it('leaves what it does not know, and what is no Chinese', () => {
  expect(book.said('桐城路北段')).toBe('桐城路北段')
  expect(book.said('constructor')).toBe('constructor')
  expect(book.said('')).toBe('')
})
