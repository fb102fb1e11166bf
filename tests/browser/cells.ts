/** Writes into cells of a workbook that a spreadsheet program, or ours, has made: what a clerk types. */
import { inflateRawSync } from 'node:zlib'
import { escaped, zip } from './workbook'

/** The parts of the package, without the first line that all of them share. */
function unzip(bytes: Buffer): Record<string, string> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  const parts: Record<string, string> = {}
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed, name, extra, words, local] = [
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32),
      bytes.readUInt32LE(at + 42),
    ]
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const content = bytes.subarray(from, from + packed)
    const text = (method === 0 ? content : inflateRawSync(content)).toString()
    parts[bytes.toString('utf8', at + 46, at + 46 + name)] = text.replace(/^<\?xml[^>]*\?>\s*/, '')
    at += 46 + name + extra + words
  }
  return parts
}

/** The workbook with other words in these cells, by sheet: `{ matter: { C2: '…' } }`. The cells are there, empty or not. */
export function typed(bytes: Buffer, sheets: Record<string, Record<string, string>>): Buffer {
  const parts = unzip(bytes)
  const names = [...(parts['xl/workbook.xml'] ?? '').matchAll(/<sheet name="([^"]+)"/g)].map((found) => found[1])
  for (const [sheet, cells] of Object.entries(sheets)) {
    const path = `xl/worksheets/sheet${names.indexOf(sheet) + 1}.xml`
    for (const [cell, text] of Object.entries(cells)) {
      const found = new RegExp(`<c r="${cell}"( s="\\d+")?[^>]*?(/>|>.*?</c>)`)
      const before = parts[path] ?? ''
      if (!found.test(before)) throw new Error(`${sheet} has no cell ${cell}`)
      parts[path] = before.replace(found, (_, style: string | undefined) => `<c r="${cell}"${style ?? ''} t="inlineStr"><is><t>${escaped(text)}</t></is></c>`)
    }
  }
  return zip(parts)
}
