// tus-js-client against @tus/server, files in a folder, everything at its default.
// usage: tus.js server|client DATA

import fs from 'node:fs'
import path from 'node:path'
import { createHash } from 'node:crypto'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import { Upload } from 'tus-js-client'
import { serve } from '../commands.js'

const [role, data] = process.argv.slice(2)
fs.mkdirSync(data, { recursive: true })

const hashes = (folder) => {
  const files = fs.readdirSync(folder).filter((name) => !name.endsWith('.json'))
  const sums = files.map((name) => createHash('sha256').update(fs.readFileSync(path.join(folder, name))).digest('hex'))
  return { documents: sums.length, digest: sums.toSorted().join('\n') }
}

async function server() {
  const tus = new Server({ path: '/files', datastore: new FileStore({ directory: data }) })
  const http = tus.listen({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => http.on('listening', resolve))
  await serve({ digest: () => hashes(data) }, { port: http.address().port })
}

const upload = (file, endpoint) =>
  new Promise((resolve, reject) => {
    const metadata = { filename: path.basename(file), filetype: 'image/jpeg' }
    const options = { endpoint, metadata, onSuccess: resolve, onError: reject }
    new Upload(fs.readFileSync(file), options).start()
  })

async function client() {
  let folder
  const files = ({ pictures }) => {
    folder = pictures
  }
  const sync = async ({ address }) => {
    for (const name of fs.readdirSync(folder).toSorted()) await upload(path.join(folder, name), `${address}/files`)
  }
  await serve({ files, sync, disconnect: () => undefined, digest: () => hashes(folder) })
}

await (role === 'server' ? server() : client())
