// The programs that are measured, and how each is started.

import fs from 'node:fs'
import path from 'node:path'

const here = import.meta.dirname
export const root = path.resolve(here, '../..')
const script = (name) => (role, data) => [process.execPath, path.join(here, 'programs', name), role, data]
const ours = process.env.DOORSTEP_PROGRAMS ?? path.join(root, 'target/release')

const version = (name) => JSON.parse(fs.readFileSync(path.join(here, 'node_modules', name, 'package.json'), 'utf8')).version
const crate = (file, name) => fs.readFileSync(path.join(here, file), 'utf8').match(`name = "${name}"\nversion = "(.*)"`)[1]

/**
 * For each: the `command` of a role; the `scheme` of its address; whether it keeps the `history` of a document;
 * whether it must be `asked` from outside if both ends are level.
 */
export const documentPrograms = [
  {
    name: 'doorstep',
    title: 'Doorstep',
    versions: () => crate('../../Cargo.lock', 'doorstep-sync'),
    command: (role, data) => [path.join(ours, 'examples/peer'), role, data],
    scheme: 'http',
    history: true,
  },
  {
    name: 'pouchdb',
    title: 'PouchDB',
    versions: () => `${version('pouchdb')}, express-pouchdb ${version('express-pouchdb')}`,
    command: script('pouchdb.js'),
    scheme: 'http',
  },
  {
    name: 'automerge-repo',
    title: 'automerge-repo',
    versions: () => `${version('@automerge/automerge-repo')}, automerge ${version('@automerge/automerge')}`,
    command: script('automerge-repo.js'),
    scheme: 'ws',
    history: true,
    asked: true,
  },
  {
    name: 'samod',
    title: 'samod',
    versions: () => `${crate('samod/Cargo.lock', 'samod')}, automerge ${crate('samod/Cargo.lock', 'automerge')}`,
    command: (role, data) => [path.join(root, 'target/peers/samod/release/samod-peer'), role, data],
    scheme: 'ws',
    history: true,
  },
]

export const filePrograms = [
  documentPrograms[0],
  {
    name: 'tus',
    title: 'tus-js-client',
    versions: () => `${version('tus-js-client')}, @tus/server ${version('@tus/server')}`,
    command: script('tus.js'),
    scheme: 'http',
  },
]
