import {
  Avatar, Bell, ChatDotRound, ChatLineRound, Clock, Coin, Connection, Document, EditPen, Filter, Finished, Grid, Headset, Link, Microphone, Phone, PhoneFilled, RefreshLeft, Share, Star, SwitchButton, VideoPlay, Cellphone,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'

const icons: Record<string, Component> = {
  answer: PhoneFilled, play: VideoPlay, announce: Bell, say: ChatLineRound, language: ChatDotRound, menu: Grid, collect: EditPen, hours: Clock, route: Filter,
  condition: Share, assign: Coin, queue: Headset, ring: Avatar, dial: Cellphone, voicemail: Microphone, record: Microphone, callback: Phone, survey: Star,
  http: Link, tcp: Connection, subflow: Finished, back: RefreshLeft, hangup: SwitchButton,
}

export const iconOf = (kind: string): Component => icons[kind] ?? Document

/** Hue of a drawer of the palette, by its place. */
export const TONES = ['accent', 'busy', 'good', 'warn', 'slate', 'bad'] as const
