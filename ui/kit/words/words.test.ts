import { expect, it } from 'vitest'
import { en } from './en'
import { keys } from './index'
import { zh } from './zh'

it('has every word in both languages', () => expect(keys(en)).toEqual(keys(zh)))
