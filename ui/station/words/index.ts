import { pick } from '@kit'
import { en } from './en'
import { zh } from './zh'

/** The words of the station in the language shown now. */
export const words = pick(zh, en)
