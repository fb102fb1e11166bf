// PouchDB as it is meant to be used: one database for each end in LevelDB, `sync` both ways over HTTP, everything else
// at its default. The server is express-pouchdb, the heart of pouchdb-server, with what PouchDB needs of CouchDB.
// usage: pouchdb.js server|client DATA

import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import expressPouchDb from 'express-pouchdb'
import PouchDb from 'pouchdb'
import { serve } from '../commands.js'

const [role, data] = process.argv.slice(2)
const NAME = 'applications'
fs.mkdirSync(data, { recursive: true })

const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'))

const revisions = async (database) => {
  const { rows } = await database.allDocs()
  return { documents: rows.length, digest: rows.map((row) => `${row.id} ${row.value.rev}\n`).toSorted().join('') }
}

async function server() {
  const Databases = PouchDb.defaults({ prefix: `${data}${path.sep}` })
  const app = express()
  app.use('/', expressPouchDb(Databases, { mode: 'minimumForPouchDB' }))
  const http = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => http.on('listening', resolve))
  await serve({ digest: () => revisions(new Databases(NAME)) }, { port: http.address().port })
}

async function client() {
  const local = new PouchDb(path.join(data, 'local'))
  const id = (index) => `500199${String(index).padStart(10, '0')}`
  const load = async ({ content }) => {
    const documents = read(content).documents.map((fields, index) => ({ _id: id(index), ...fields }))
    await local.bulkDocs(documents)
    return { documents: documents.map((document) => document._id) }
  }
  const edit = async ({ content }) => {
    for (const [index, key, text] of read(content).edits) {
      await local.put({ ...(await local.get(id(index))), [key]: text })
    }
  }
  // A replication that was cut ends with an error; to begin again is the application's part.
  const sync = async ({ address }) => {
    for (;;) {
      try {
        const done = await local.sync(`${address}/${NAME}`)
        if (done.push.ok && done.pull.ok) return
      } catch (error) {
        process.stderr.write(`${error.message}\n`)
      }
      await sleep(1_000)
    }
  }
  await serve({ load, edit, sync, disconnect: () => undefined, digest: () => revisions(local) })
}

await (role === 'server' ? server() : client())
