/** One opened flow: the drawing, its history, its problems, and how it gets to the box. */
import { computed, inject, onScopeDispose, ref, shallowRef, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/client'
import {
  checkFlow, openFlow, readChoices, readNodes, saveDraft, type ExitSpec, type FlowCheck, type FlowChoices, type FlowRow, type FlowState, type NodeKind, type Problem,
} from '@/api/flows'
import { arranged, nodeHeight, overlaps } from './layout'
import { said, stop } from '@/locale/said'
import { move, rewired, changeNode, type FlowGraph, type FlowNode, type Place } from './graph'
import { History } from './history'
import { saidExit, saidKind } from './spoken'

const CHECK_MS = 250
const SAVE_MS = 1000

/** `dirty` and `saving`: not yet with the box; `stale`: somebody else saved meanwhile; `failed`: it will be tried again. */
export type Saving = 'saved' | 'dirty' | 'saving' | 'stale' | 'failed'

export interface Editor {
  id: string
  graph: ShallowRef<FlowGraph>
  row: ShallowRef<FlowRow | null>
  kinds: ComputedRef<Map<string, NodeKind>>
  values: ComputedRef<Record<string, string>>
  choices: ShallowRef<FlowChoices>
  problems: ComputedRef<Problem[]>
  problemsOf: (node: string) => Problem[]
  saving: Ref<Saving>
  message: Ref<string>
  readOnly: Ref<boolean>
  canUndo: Ref<boolean>
  canRedo: Ref<boolean>
  /** Node that the simulated caller is at, nodes and exits (`node:exit`) that it went through. */
  walked: ShallowRef<{ at: string; nodes: Set<string>; exits: Set<string> }>
  load: () => Promise<void>
  take: (state: FlowState) => void
  change: (graph: FlowGraph, tag?: string) => void
  changeParams: (node: FlowNode, params: Record<string, unknown>, tag: string) => void
  undo: () => void
  redo: () => void
  tidy: () => void
  /** Every exit of a node. */
  exitsOf: (node: FlowNode) => ExitSpec[]
  /** Those that are drawn: optional ones only where they lead somewhere, or all of them. */
  shownExits: (node: FlowNode, all?: boolean) => ExitSpec[]
  heightOf: (node: FlowNode, all?: boolean) => number
  flush: () => Promise<boolean>
  refreshChoices: () => Promise<void>
}

export const EDITOR: InjectionKey<Editor> = Symbol('flow editor')
export const useEditor = (): Editor => inject(EDITOR) as Editor

const EMPTY: FlowGraph = { id: '', label: '', version: 1, start: '', nodes: [], notes: [] }
const NO_CHOICES: FlowChoices = { prompt: [], queue: [], hours: [], box: [], flow: [], caller_list: [], agent: [], request_hosts: [] }

export function createEditor(id: string, mayEdit: boolean): Editor {
  const graph = shallowRef<FlowGraph>(EMPTY)
  const row = shallowRef<FlowRow | null>(null)
  const registry = shallowRef<{ kinds: NodeKind[]; values: Record<string, string> }>({ kinds: [], values: {} })
  const kinds = computed(() => new Map(registry.value.kinds.map((kind) => [kind.kind, saidKind(kind)])))
  const values = computed(() => Object.fromEntries(Object.entries(registry.value.values).map(([name, text]) => [name, said(text)])))
  const choices = shallowRef<FlowChoices>(NO_CHOICES)
  const check = shallowRef<FlowCheck>({ problems: [], exits: {} })
  const walked = shallowRef({ at: '', nodes: new Set<string>(), exits: new Set<string>() })
  const saving = ref<Saving>('saved')
  const message = ref('')
  const readOnly = ref(!mayEdit)
  const history = new History<FlowGraph>()
  const steps = ref({ undo: false, redo: false })
  let saved: FlowGraph = EMPTY
  let checkTimer: ReturnType<typeof setTimeout> | undefined
  let saveTimer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<boolean> | null = null

  const problems = computed(() => check.value.problems.map((problem) => ({ ...problem, text: said(problem.text) })))
  const byNode = computed(() => {
    const found = new Map<string, Problem[]>()
    for (const problem of problems.value) if (problem.node) found.set(problem.node, [...(found.get(problem.node) ?? []), problem])
    return found
  })

  function take(state: FlowState): void {
    row.value = state.row
    graph.value = saved = complete(state.graph)
    check.value = state.check
    saving.value = 'saved'
    message.value = ''
    history.clear()
    noteSteps()
  }

  async function load(): Promise<void> {
    const [catalogue, offered, state] = await Promise.all([readNodes(), readChoices(), openFlow(id)])
    registry.value = catalogue
    choices.value = offered
    take(state)
    // Drawn elsewhere for other boxes: arranged for the eye, saved with the first real change.
    if (overlaps(graph.value, heightById)) graph.value = saved = move(graph.value, tidied())
  }

  function noteSteps(): void {
    steps.value = { undo: history.canUndo, redo: history.canRedo }
  }

  function replace(fresh: FlowGraph): void {
    graph.value = fresh
    noteSteps()
    if (saving.value !== 'stale') saving.value = 'dirty'
    clearTimeout(checkTimer)
    checkTimer = setTimeout(() => void lookThrough(), CHECK_MS)
    clearTimeout(saveTimer)
    saveTimer = setTimeout(() => void flush(), SAVE_MS)
  }

  function change(fresh: FlowGraph, tag = ''): void {
    if (fresh === graph.value || readOnly.value) return
    history.note(graph.value, tag)
    replace(fresh)
  }

  function changeParams(node: FlowNode, params: Record<string, unknown>, tag: string): void {
    const list = kinds.value.get(node.kind)?.exits_from ?? ''
    const exits = list ? rewired(node.exits, node.params[list], params[list]) : node.exits
    change(changeNode(graph.value, node.id, { params, exits }), tag)
  }

  async function lookThrough(): Promise<void> {
    const looked = graph.value
    try {
      const found = await checkFlow(id, looked)
      if (looked === graph.value) check.value = found
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      message.value = error.message
    }
  }

  /** Saves what is not saved; answers whether everything is. */
  async function flush(): Promise<boolean> {
    clearTimeout(saveTimer)
    if (running) await running
    if (readOnly.value) return true
    if (saving.value === 'stale') return false
    if (graph.value === saved) {
      saving.value = 'saved'
      return true
    }
    running = send()
    const done = await running
    running = null
    return done && (graph.value === saved || flush())
  }

  async function send(): Promise<boolean> {
    const sent = graph.value
    saving.value = 'saving'
    try {
      const state = await saveDraft(id, sent, row.value?.revision ?? 0)
      row.value = state.row
      saved = sent
      if (sent === graph.value) {
        check.value = state.check
        saving.value = 'saved'
      } else saving.value = 'dirty'
      message.value = ''
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      message.value = error.message
      saving.value = error.status === 409 || error.status === 404 ? 'stale' : 'failed'
      return false
    }
  }

  function exitsOf(node: FlowNode): ExitSpec[] {
    const known = check.value.exits[node.id]?.map(saidExit) ?? kinds.value.get(node.kind)?.exits ?? []
    const stray = Object.keys(node.exits).filter((name) => !known.some((one) => one.name === name))
    return [...known, ...stray.map((name) => ({ name, label: name, required: false, instead: '', paces: false }))]
  }

  const shownExits = (node: FlowNode, all = false): ExitSpec[] => exitsOf(node).filter((exit) => all || exit.required || exit.name in node.exits)
  const heightOf = (node: FlowNode, all = false): number => nodeHeight(shownExits(node, all).length)
  const heightById = (nodeId: string): number => {
    const node = graph.value.nodes.find((one) => one.id === nodeId)
    return node ? heightOf(node) : 0
  }

  const tidied = (): Map<string, Place> => arranged(graph.value, heightById, (node) => exitsOf(node).flatMap((exit) => node.exits[exit.name] ?? []))

  function tidy(): void {
    change(move(graph.value, tidied()))
  }

  const travel = (step: (present: FlowGraph) => FlowGraph) => (): void => {
    const fresh = step(graph.value)
    if (fresh !== graph.value && !readOnly.value) replace(fresh)
    noteSteps()
  }

  onScopeDispose(() => {
    clearTimeout(checkTimer)
    clearTimeout(saveTimer)
  })

  return {
    id, graph, row, kinds, values, choices, saving, message, readOnly, walked, load, take, change, changeParams, tidy, exitsOf, shownExits, heightOf, flush,
    problems,
    problemsOf: (node) => byNode.value.get(node) ?? [],
    canUndo: computed(() => steps.value.undo),
    canRedo: computed(() => steps.value.redo),
    undo: travel((present) => history.undo(present)),
    redo: travel((present) => history.redo(present)),
    refreshChoices: async () => {
      choices.value = await readChoices()
      await lookThrough()
    },
  }
}

/** The box leaves out what has its default. */
function complete(graph: FlowGraph): FlowGraph {
  return { ...graph, notes: graph.notes ?? [], nodes: graph.nodes.map((node) => ({ ...node, label: node.label ?? '', params: node.params ?? {}, exits: node.exits ?? {}, x: node.x ?? 0, y: node.y ?? 0 })) }
}

/** What a node does, in a line: the first of its parameters that says something. */
export function summaryOf(node: FlowNode, kind: NodeKind | undefined, choices: FlowChoices): string {
  const schema = kind?.params.$defs?.Params
  const parts = Object.entries(schema?.properties ?? {})
  // What is spoken, asked or called says more than any other text.
  for (const [name, part] of [...parts.filter(([, one]) => one['x-values']), ...parts.filter(([, one]) => one['x-choose'] ?? one.items?.['x-choose']), ...parts]) {
    const value = node.params[name]
    const offers = part['x-choose'] ?? part.items?.['x-choose']
    const offered = offers ? choices[offers as keyof Omit<FlowChoices, 'request_hosts'>] : undefined
    const word = (one: unknown): string => offered?.find((choice) => choice.id === one)?.label ?? String(one)
    if (Array.isArray(value) && offered && value.length) return value.map(word).join(stop('、'))
    if (typeof value === 'string' && value && (offered || (part.type === 'string' && !part.enum))) return word(value)
  }
  return ''
}
