import type { QueueName } from '@contract/center-client'
import { reactive } from 'vue'

/** Rows on one page. */
export const PAGE = 30

/** The tabs, in the order of the work. */
export const tabs: QueueName[] = ['open', 'accepted', 'correction', 'done', 'mine', 'all']

/**
 * Where the reviewer is in the queue. Kept beside the page, so that coming back from a case finds the same place; not in
 * the address, because what is searched for may be a person's name.
 */
export const place = reactive({
  queue: 'open' as QueueName,
  q: '',
  matter: '',
  station: '',
  offset: 0,
})

/** Whether anything narrows the queue. */
export const narrowed = () => place.q.trim() !== '' || place.matter !== '' || place.station !== ''
