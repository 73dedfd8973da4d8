/** The one bundle that every function runs, in parts, so that each loads only what its target needs. */
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync, type Metafile } from 'esbuild'
import { clientScript } from '../adapters/esbuild/client-script.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Of the function, inside the bundle. */
export const handler = 'blog/bin/lambda.handler'

/**
 * Writes it to a folder, which it empties first. The AWS SDK is in it: minified and without what we
 * do not call it starts sooner than the one that Lambda brings along, and its version is the tested one.
 * Answers which file is made of what.
 */
export function bundle(folder: string): Metafile {
  rmSync(folder, { recursive: true, force: true })
  const { metafile } = buildSync({
    entryPoints: [at('lambda.ts')],
    outdir: `${folder}/blog/bin`,
    // The parts beside the entry, two folders deep as the adapters are that look for `../../web`.
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // Modules before CommonJS: of these what is not called is left out, which halves it.
    mainFields: ['module', 'main'],
    alias: { postcss: at('no-postcss.ts') },
    target: 'node24',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  })
  for (const file of ['style.css', 'prose.css', 'forms.css', 'icon.svg'])
    cpSync(at(`../web/${file}`), `${folder}/web/${file}`)
  writeFileSync(`${folder}/web/live.js`, clientScript())
  return metafile
}
