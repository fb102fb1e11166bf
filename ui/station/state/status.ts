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

/** Whether it was handed in and nothing of it is still on its way. Of a draft the district has a copy at most. */
export const isSafe = (status: Status, chain: Chain) => status !== 'draft' && chain.reached >= chain.saved && chain.verified >= chain.files

/** The chain in one short line. */
export function chainWords(status: Status, chain: Chain): string {
  const { short } = words.value.chain
  if (chain.reached < chain.saved) return short.local
  if (chain.verified < chain.files) return short.going(chain.verified, chain.files)
  return isSafe(status, chain) ? short.safe : short.draft
}
