/**
 * Whether a test of `docs/threats.md` can fail: takes each guard of `tests/guards` out of the code, builds, and runs the test
 * that is there to notice.
 *
 * usage: node scripts/guards.mjs [--check] [--at-once N] [FILE…]
 *   --check      only says whether every guard is found in the code
 *   --at-once N  takes out so many together: quick, to find what stays green; only alone (1) a red test proves its guard
 * The code has to be committed: it is put back from what was read here, whatever happens.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = 'tests/guards'
/** A test without its guard may wait for what never comes, or take all there is. */
const PATIENCE = 300_000
const MEMORY_KB = 12 << 20

const say = (line) => process.stdout.write(`${line}\n`)
const options = process.argv.slice(2)
const flag = (name) => options.includes(name)
const atOnce = flag('--at-once') ? Number(options[options.indexOf('--at-once') + 1]) : 1
const chosen = options.filter((option) => option.endsWith('.guards'))

function read(file) {
  const guards = []
  let part = 'head'
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const last = guards.at(-1)
    const place = last?.places.at(-1)
    if (part === 'head' && line.startsWith('# ')) guards.push({ says: line.slice(2), tests: [], places: [] })
    else if (part === 'head' && line.startsWith('test: ')) last.tests = line.slice(6).split(', ')
    else if (part === 'head' && line.startsWith('file: ')) last.places.push({ file: line.slice(6), stands: [], instead: [] })
    else if (part === 'head' && line === '<<<<') part = 'stands'
    else if (part === 'stands' && line === '====') part = 'instead'
    else if (part === 'instead' && line === '>>>>') part = 'head'
    else if (part !== 'head') place[part].push(line)
    else if (line !== '') throw new Error(`${file}: ${line}`)
  }
  return guards.map((guard) => ({ ...guard, places: guard.places.map(({ file, stands, instead }) => ({ file, stands: stands.join('\n'), instead: instead.join('\n') })) }))
}

const originals = new Map()
function original(file) {
  if (!originals.has(file)) originals.set(file, readFileSync(file, 'utf8'))
  return originals.get(file)
}

function restore() {
  for (const [file, text] of originals) if (readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}

/** The text of each file without these guards; null when two of them stand in the same lines. */
function without(guards) {
  const texts = new Map()
  for (const { file, stands, instead } of guards.flatMap((guard) => guard.places)) {
    const text = texts.get(file) ?? original(file)
    if (text.split(stands).length !== 2) return null
    texts.set(file, text.replace(stands, () => instead))
  }
  return texts
}

/** Where each test stands: files that hold a test of that name. */
function places(test) {
  const found = spawnSync('git', ['grep', '-lE', `fn ${test}\\(`, '--', '*.rs'], { encoding: 'utf8' }).stdout
  return found.split('\n').filter(Boolean)
}

/** What Cargo calls the program that a test file belongs to. */
function target(path) {
  const parts = path.split('/')
  if (parts.includes('src')) return path.endsWith('/main.rs') ? ['--bins'] : ['--lib']
  const at = parts.indexOf('tests')
  // `tests/scenarios/usb.rs` belongs to the harness, `station/tests/scenarios/keys.rs` to the station's one program.
  const scenario = at === 0 && parts[1] === 'scenarios' ? parts[2] : parts[at === 0 && parts[2] === 'tests' ? 3 : at + 1]
  return ['--test', scenario.replace(/\.rs$/, '')]
}

/** Whether a test of the browser passes. */
function shows(name) {
  const steps = [
    ['make', 'ui/dist/.built'],
    ['cargo', 'build', '--workspace', '--bins', '--examples', '--quiet'],
    ['npx', 'playwright', 'test', '-g', name],
  ]
  return steps.every(([program, ...args]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0)
}

const run = (limit, ...args) =>
  spawnSync('bash', ['-c', `${limit ? `ulimit -v ${MEMORY_KB}; exec timeout ${PATIENCE / 1000} ` : ''}cargo "$@"`, '-', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, RUST_BACKTRACE: '0' },
  })

/** What became of each of `tests` while `guards` are out: red, green or not run; null when it does not build. */
function outcomes(guards, tests) {
  const texts = without(guards)
  if (!texts) return null
  for (const [file, text] of texts) writeFileSync(file, text)
  try {
    const pages = new Map(tests.filter((test) => test.includes(' ')).map((test) => [test, shows(test) ? 'green' : 'red']))
    const files = tests.flatMap(places)
    if (files.length === 0) return pages
    const targets = [...new Map(files.map((file) => [target(file).join(' '), target(file)])).values()].flat()
    const programs = files.some((file) => file.startsWith('tests/')) ? [['build', '--workspace', '--bins', '--examples', '--quiet']] : []
    for (const args of [...programs, ['test', '--workspace', ...targets, '--no-run', '--quiet']]) {
      const built = run(false, ...args)
      if (built.status !== 0) {
        say(built.stderr.split('\n').filter((line) => /^error|-->/.test(line)).slice(0, 6).join('\n'))
        return null
      }
    }
    const ran = run(true, 'test', '--workspace', ...targets, '--no-fail-fast', '--', ...tests)
    // It was stopped, or stopped itself, before every test could say how it ended.
    const died = ran.status === 124 || ran.signal !== null || /\(signal: |memory allocation of/.test(ran.stderr)
    return new Map(
      tests.map((test) => {
        const ended = [...ran.stdout.matchAll(new RegExp(`^test (?:\\S+::)?${test} \\.\\.\\. (ok|FAILED)$`, 'gm'))].map(([, end]) => end)
        if (ended.includes('ok')) return [test, 'green']
        return [test, pages.get(test) ?? (ended.length > 0 || died ? 'red' : 'not run')]
      }),
    )
  } finally {
    restore()
  }
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.guards') && (chosen.length === 0 || chosen.includes(name)))
const guards = files.flatMap((name) => read(join(FOLDER, name)))
const lost = guards.filter((guard) => guard.tests.length === 0 || guard.places.length === 0 || !without([guard]))
for (const guard of lost) say(`not found in the code: ${guard.says}`)
if (flag('--check') || lost.length) {
  say(`${guards.length} guards, ${lost.length} not found`)
  process.exit(lost.length ? 1 : 0)
}
if (execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], { encoding: 'utf8' })) {
  say('there are changes that are not committed')
  process.exit(1)
}
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    restore()
    process.exit(1)
  })

/** Together first: as many as touch neither each other's tests nor each other's lines. */
function groups() {
  const list = []
  for (const guard of guards) {
    const fits = (group) => group.length < atOnce && !group.some((other) => other.tests.some((test) => guard.tests.includes(test))) && without([...group, guard])
    const group = list.find(fits)
    if (group) group.push(guard)
    else list.push([guard])
  }
  return list
}

const stayed = []
for (const group of groups()) {
  const together = outcomes(group, group.flatMap((guard) => guard.tests))
  for (const guard of group) {
    const isRed = (ends) => ends !== null && guard.tests.every((test) => ends.get(test) === 'red')
    // What is not red among many is tried alone.
    const ends = isRed(together) || group.length === 1 ? together : outcomes([guard], guard.tests)
    if (!isRed(ends)) stayed.push(guard)
    const how = ends === null ? 'does not build' : guard.tests.map((test) => ends.get(test)).join(', ')
    say(`${how}: ${guard.tests.join(', ')} — ${guard.says}`)
  }
}
say(`${guards.length} guards taken out: ${guards.length - stayed.length} seen red, ${stayed.length} not`)
process.exit(stayed.length ? 1 : 0)
