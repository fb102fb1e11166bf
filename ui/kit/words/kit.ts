import { en } from './en'
import { pick } from './index'
import { zh } from './zh'

/** The kit's own words. */
export const kitWords = pick(zh, en)
