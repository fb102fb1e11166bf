import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as Automerge from '@automerge/automerge'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folder, interop } from './programs'

type Loose = Record<string, unknown>

/** A value in the form that both languages write alike. */
function canonical(value: unknown): string {
  if (typeof value === 'string' || Automerge.isImmutableString(value)) return `s:${value.toString()}`
  if (value instanceof Uint8Array) return `x:${Buffer.from(value).toString('hex')}`
  if (typeof value === 'boolean') return `b:${value}`
  if (typeof value === 'number' || typeof value === 'bigint') return `n:${value}`
  throw new Error(`no scalar of ours: ${typeof value}`)
}

/** Every value of every key, rivals too. */
function valuesOf(document: Automerge.Doc<Loose>): Record<string, string[]> {
  const all = Object.keys(document).map((key) => {
    const rivals = Automerge.getConflicts(document, key)
    const values = rivals ? Object.values(rivals) : [document[key]]
    return [key, values.map(canonical).sort()]
  })
  return Object.fromEntries(all) as Record<string, string[]>
}

const place = folder()
let told: Record<string, unknown>
beforeAll(async () => {
  told = await interop('write', place.path)
})
afterAll(place.drop)

test('Automerge for JavaScript reads every document we save, and what it writes comes back', async () => {
  const names = readdirSync(place.path).filter((name) => name.endsWith('.automerge')).map((name) => name.slice(0, -10))
  expect(names).toHaveLength(told.documents as number)
  let rivals = 0
  for (const name of names) {
    const bytes = readFileSync(join(place.path, `${name}.automerge`))
    const expected = JSON.parse(readFileSync(join(place.path, `${name}.json`), 'utf8')) as { values: Record<string, string[]>; heads: string[] }
    const document = Automerge.load<Loose>(bytes, { actor: told.actor as string })
    const values = valuesOf(document)
    expect(values, name).toEqual(expected.values)
    expect([...Automerge.getHeads(document)].sort(), name).toEqual(expected.heads)
    rivals += Object.values(values).filter((all) => all.length > 1).length

    const noted = { message: 'T0199', time: 1_771_041_700 }
    const changed = Automerge.change(document, noted, (draft) => {
      draft[told.key as string] = new Automerge.ImmutableString(told.value as string)
    })
    writeFileSync(join(place.path, `${name}.saved`), Automerge.save(changed))
    writeFileSync(join(place.path, `${name}.change`), Automerge.getLastLocalChange(changed)!)
  }
  expect(rivals, 'some documents hold rival values').toBeGreaterThan(5)
  const back = await interop('read', place.path)
  expect(back.merged).toBe(told.documents)
  expect(back.applied).toBeGreaterThan(40)
})
