// automerge-repo as it is meant to be used: one repo for each end, documents in files, its WebSocket adapters, everything
// else at its default but one: both ends tell one another of every document they have.
// usage: automerge-repo.js server|client DATA

import fs from 'node:fs'
import { ImmutableString } from '@automerge/automerge'
import { Repo } from '@automerge/automerge-repo'
import { WebSocketClientAdapter, WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket'
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs'
import { WebSocketServer } from 'ws'
import { serve } from '../commands.js'

/**
 * How often the server asks whether the device is still there, in milliseconds. Its default of 5 s hangs up on a device whose
 * answer stands behind its own messages: on a weak line 1,000 documents would never arrive.
 */
const KEEP_ALIVE = 600_000

const [role, data] = process.argv.slice(2)
const storage = new NodeFSStorageAdapter(data)
// The client's adapter throws what a cut connection says, into nobody's hands; its retries go on all the same.
process.on('uncaughtException', (error) => process.stderr.write(`${error.message}\n`))

const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'))
// Values that are replaced as a whole, as ours are: as `Text` each would be a list of characters.
const value = (text) => new ImmutableString(text)

const heads = (repo) => {
  const known = Object.entries(repo.handles).filter(([, handle]) => handle.isReady())
  const lines = known.map(([id, handle]) => `${id} ${handle.heads().toSorted().join(',')}\n`)
  return { documents: known.length, digest: lines.toSorted().join('') }
}

async function server() {
  const socket = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => socket.on('listening', resolve))
  const network = [new WebSocketServerAdapter(socket, KEEP_ALIVE)]
  const repo = new Repo({ network, storage, peerId: 'server' })
  await serve({ digest: () => heads(repo) }, { port: socket.address().port })
}

async function client() {
  const repo = new Repo({ network: [], storage, peerId: 'client' })
  let documents = []
  let adapter
  const load = async ({ content, history }) => {
    const { documents: all, typed } = read(content)
    const later = new Set(history ? typed : [])
    documents = all.map((fields) => {
      const first = Object.entries(fields).filter(([key]) => !later.has(key))
      const handle = repo.create(Object.fromEntries(first.map(([key, text]) => [key, value(text)])))
      for (const key of later) handle.change((document) => { document[key] = value(fields[key]) })
      return handle
    })
    await repo.flush()
    return { documents: documents.map((handle) => handle.documentId) }
  }
  const edit = async ({ content }) => {
    for (const [index, key, text] of read(content).edits) {
      documents[index].change((document) => { document[key] = value(text) })
    }
    await repo.flush()
  }
  const sync = ({ address }) => {
    adapter = new WebSocketClientAdapter(address)
    repo.networkSubsystem.addNetworkAdapter(adapter)
  }
  const disconnect = () => repo.networkSubsystem.removeNetworkAdapter(adapter)
  await serve({ load, edit, sync, disconnect, digest: () => heads(repo) })
}

await (role === 'server' ? server() : client())
