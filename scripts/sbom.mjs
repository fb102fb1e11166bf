// The Rust programs as a CycloneDX 1.5 list: reads `cargo metadata` from standard input, checksums from the lock file.
// usage: cargo metadata --format-version 1 --locked | node scripts/sbom.mjs Cargo.lock
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const { packages, resolve, workspace_members: ours } = JSON.parse(readFileSync(0, 'utf8'))
const lock = readFileSync(process.argv[2], 'utf8')

/** SHA-256 of each crate's archive, by name and version. */
const checksums = new Map(
  [...lock.matchAll(/name = "([^"]+)"\nversion = "([^"]+)"\n(?:source = "[^"]+"\n)?checksum = "([0-9a-f]+)"/g)].map(([, name, version, sum]) => [`${name}@${version}`, sum]),
)

/** What is needed to build or to run the programs; what only tests use is left out. */
const nodes = new Map(resolve.nodes.map((node) => [node.id, node]))
const shipped = new Set()
const waiting = ours.filter((id) => !/\/tests\/\w+#/.test(id))
while (waiting.length > 0) {
  const id = waiting.pop()
  if (shipped.has(id)) continue
  shipped.add(id)
  for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) if (kinds.some(({ kind }) => kind !== 'dev')) waiting.push(pkg)
}

const reference = ({ name, version }) => `pkg:cargo/${name}@${version}`
const byId = new Map(packages.map((found) => [found.id, found]))
const components = packages
  .filter(({ id }) => shipped.has(id))
  .map((found) => {
    const sum = checksums.get(`${found.name}@${found.version}`)
    return {
      type: ours.includes(found.id) ? 'application' : 'library',
      'bom-ref': reference(found),
      name: found.name,
      version: found.version,
      ...(found.license && { licenses: [{ expression: found.license.replaceAll('/', ' OR ') }] }),
      purl: reference(found),
      ...(sum && { hashes: [{ alg: 'SHA-256', content: sum }] }),
      ...(found.repository && { externalReferences: [{ type: 'vcs', url: found.repository }] }),
    }
  })
  .sort((one, other) => (one.purl < other.purl ? -1 : 1))
const dependencies = [...shipped]
  .map((id) => ({
    ref: reference(byId.get(id)),
    dependsOn: nodes
      .get(id)
      .deps.filter(({ pkg }) => shipped.has(pkg))
      .map(({ pkg }) => reference(byId.get(pkg)))
      .sort(),
  }))
  .sort((one, other) => (one.ref < other.ref ? -1 : 1))

// Nothing in it changes while the lock file stays: two builds of one version give the same list.
const hex = createHash('sha256').update(lock).digest('hex')
const serial = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
const [{ version }] = packages.filter(({ id }) => ours.includes(id))
const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: `urn:uuid:${serial}`,
  version: 1,
  metadata: { component: { type: 'application', 'bom-ref': 'doorstep', name: 'doorstep', version } },
  components,
  dependencies: [...dependencies, { ref: 'doorstep', dependsOn: ours.map((id) => reference(byId.get(id))).sort() }],
}
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`)
