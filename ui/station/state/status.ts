import type { Chain, Status } from '@contract/station'
import type { Tone } from '@kit'
import { words } from '../words'

/** The colour and shape of a status; the words say the same. */
export const statusTone: Record<Status, Tone> = {
  draft: 'plain',
  received: 'info',
  arrived: 'info',
  accepted: 'info',
  not_accepted: 'danger',
  correction_asked: 'warning',
  resubmitted: 'info',
  granted: 'ok',
  refused: 'danger',
  withdrawn: 'plain',
}

/** The chain in one short line. */
export function chainWords(chain: Chain): string {
  const w = words.value.chain
  if (chain.reached < chain.saved) return w.short.local
  return chain.verified < chain.files ? w.short.going(chain.verified, chain.files) : w.short.safe
}
