// Packages for others: `npm run pack` puts their tarballs into dist/. In the checkout `exports` name the
// sources, which Node runs as they are; a tarball holds JavaScript with types. So before npm makes one
// (`prepack`, of a plain `npm pack -w …` too) package.json changes places with one that names what was
// compiled, and after it (`postpack`) back. What an interrupted run has left, the next undoes, or `undo`.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = ['event-pattern', 'event-bus', 'runtime']
const verbs = {
  all,
  prepack: () => prepare(process.cwd()),
  postpack: () => undo(process.cwd()),
  undo: () => packages.forEach((name) => void undo(join(root, name))),
  refuse: () =>
    fail('Publish what was tested: npm run pack, then npm publish dist/<the tarball> for each.'),
}
const [verb = 'all', ...rest] = process.argv.slice(2)
if (!verbs[verb]) fail(`tools/pack.mjs knows no ${verb}, but ${Object.keys(verbs).join(', ')}.`)
verbs[verb](...rest)

/** The tarballs of all packages, in the order in which they need each other. */
function all(folder = join(root, 'dist')) {
  mkdirSync(folder, { recursive: true })
  // Ctrl-C ends npm, and this goes on to undo what npm has left.
  process.on('SIGINT', () => {})
  const workspaces = packages.flatMap((name) => ['-w', name])
  const { status } = npm('pack', ...workspaces, '--pack-destination', folder)
  verbs.undo()
  if (status !== 0) fail('npm pack failed (see above).')
}

/** The package.json of the checkout waits beside the packed one; nothing else says that they have changed places. */
function prepare(folder) {
  undo(folder)
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    compile(folder, sourcesOf(manifest))
    copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
    // Whole or not at all: a torn copy would be put back by the next run.
    copyFileSync(join(folder, 'package.json'), join(folder, 'package.json.part'))
    renameSync(join(folder, 'package.json.part'), waiting(folder))
    writeFileSync(
      join(folder, 'package.json'),
      `${JSON.stringify(packed(manifest), undefined, 2)}\n`,
    )
  } catch (error) {
    undo(folder)
    throw error
  }
}

function undo(folder) {
  if (existsSync(waiting(folder))) renameSync(waiting(folder), join(folder, 'package.json'))
  for (const left of ['dist', 'LICENSE', 'package.json.part'])
    rmSync(join(folder, left), { recursive: true, force: true })
}

function waiting(folder) {
  return join(folder, 'package.json.checkout')
}

/** What is exported to others. `./*` is for the other packages and the tests of this checkout. */
function exported({ exports }) {
  return Object.entries(exports).filter(([subpath]) => subpath !== './*')
}

function sourcesOf(manifest) {
  const named = [
    ...exported(manifest).map(([, file]) => file),
    ...Object.values(manifest.bin ?? {}),
  ]
  return named.filter((file) => file.endsWith('.ts'))
}

/** With the scripts: npm reads them here when a run before it has left this one in its place. */
function packed(manifest) {
  const exports = exported(manifest).map(([subpath, file]) => [subpath, conditions(file)])
  const bin = Object.entries(manifest.bin ?? {}).map(([name, file]) => [name, target(file, '.js')])
  return {
    ...manifest,
    exports: Object.fromEntries(exports),
    ...(bin.length > 0 && { bin: Object.fromEntries(bin) }),
  }
}

function conditions(file) {
  if (!file.endsWith('.ts')) return file
  return { types: target(file, '.d.ts'), default: target(file, '.js') }
}

function target(file, ending) {
  return file.replace(/^(\.\/)?/, '$1dist/').replace(/\.ts$/, ending)
}

/** Into dist/: what these sources import of their package, and so no test. */
function compile(folder, sources) {
  const out = mkdtempSync(join(tmpdir(), 'busbar-pack-'))
  try {
    const config = join(out, 'tsconfig.json')
    const compilerOptions = {
      noEmit: false,
      noEmitOnError: true,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      resolveJsonModule: true,
      rootDir: root,
      outDir: out,
      typeRoots: [join(root, 'node_modules/@types')],
    }
    const files = sources.map((file) => join(folder, file))
    writeFileSync(
      config,
      JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }),
    )
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { status } = spawnSync(process.execPath, [tsc, '-p', config], { stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`${basename(folder)} could not be compiled (see above).`)
    // The compiler also emits what it read of other packages.
    const own = join(out, basename(folder))
    for (const file of globSync('**/*.d.ts', { cwd: own })) renameImports(join(own, file))
    rmSync(join(own, 'package.json'), { force: true })
    cpSync(own, join(folder, 'dist'), { recursive: true })
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** The compiler renames `./x.ts` in JavaScript only; not everybody who reads types finds x.d.ts by it. */
function renameImports(file) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/((?:from |import\()['"]\.\.?\/[^'"]+)\.ts(?=['"])/g, '$1.js'))
}

function npm(...args) {
  const [command, first] = process.env.npm_execpath
    ? [process.execPath, [process.env.npm_execpath]]
    : ['npm', []]
  return spawnSync(command, [...first, ...args], { cwd: root, stdio: 'inherit' })
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
