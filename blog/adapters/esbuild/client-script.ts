/**
 * The script of the pages, in one file for browsers. It is made at a start, in the time of one process, and
 * kept beside the packages: as long as none of the files that went into it has changed, nothing is made.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const entry = 'blog/web/client/main.ts'
const require = createRequire(import.meta.url)

interface Kept {
  /** From the root. */
  readonly inputs: readonly string[]
  readonly hash: string
  readonly script: string
}

/** `cache` is where it is kept; another start that makes it at the same time does no harm. */
export function clientScript(cache = join(root, 'node_modules/.cache/busbar-client.json')): string {
  const kept = read(cache)
  if (kept) return kept.script
  const made = make()
  try {
    const part = `${cache}.${process.pid}`
    mkdirSync(dirname(cache), { recursive: true })
    writeFileSync(part, JSON.stringify(made))
    renameSync(part, cache)
  } catch {
    // Where nothing can be written, it is made at each start.
  }
  return made.script
}

function read(cache: string): Kept | null {
  try {
    const kept = JSON.parse(readFileSync(cache, 'utf8')) as Kept
    return kept.hash === hashOf(kept.inputs) ? kept : null
  } catch {
    return null
  }
}

/** What is loaded here takes longer than all else of a start that finds it made. */
function make(): Kept {
  const { buildSync } = require('esbuild') as typeof import('esbuild')
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
    metafile: true,
  })
  const inputs = Object.keys(metafile.inputs).sort()
  return { inputs, hash: hashOf(inputs), script: outputFiles[0]?.text ?? '' }
}

/** Of the files, and of what makes something of them: also of this file, which says how. */
function hashOf(inputs: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of [fileURLToPath(import.meta.url), require.resolve('esbuild/package.json')])
    hash.update(readFileSync(file))
  for (const input of inputs) hash.update(`\n${input}\n`).update(readFileSync(join(root, input)))
  return hash.digest('base64url')
}
