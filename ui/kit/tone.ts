import type { Component } from 'vue'
import { IconDanger, IconInfo, IconOk, IconWarning } from './icons'

/** What a sign means. Each tone has its own shape beside its colour. */
export type Tone = 'plain' | 'info' | 'ok' | 'warning' | 'danger'

/** The shape of each tone. */
export const toneIcons: Record<Tone, Component | null> = {
  plain: null,
  info: IconInfo,
  ok: IconOk,
  warning: IconWarning,
  danger: IconDanger,
}
