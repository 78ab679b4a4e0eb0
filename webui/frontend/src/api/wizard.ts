import { get, post, put } from './client'
import type { Prompt } from './prompts'

export const WIZARD_STEPS = ['bureau', 'lines', 'seats', 'staff', 'welcome', 'flow', 'test'] as const
export type WizardStep = (typeof WIZARD_STEPS)[number]
export type StepState = 'done' | 'skipped'

export interface WizardState {
  steps: Partial<Record<WizardStep, StepState>>
}

export const readWizard = (): Promise<WizardState> => get('/api/wizard')
export const writeWizard = (state: WizardState): Promise<WizardState> => put('/api/wizard', state)
export const speakPrompt = (id: string, text: string): Promise<Prompt> => post(`/api/prompts/${encodeURIComponent(id)}/speech`, { text })
