/** The blog's stack, synthesised once a process as `npm run synth` does, into a directory that goes with the process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { readStack, type StackFiles } from './template.ts'

const program = fileURLToPath(new URL('../../blog/bin/cdk.ts', import.meta.url))
let synthesised: Promise<StackFiles> | undefined

export function blogStack(): Promise<StackFiles> {
  synthesised ??= synthesise()
  return synthesised
}

async function synthesise(): Promise<StackFiles> {
  const directory = mkdtempSync(join(tmpdir(), 'busbar-cdk-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH ?? '', HOME: directory, CDK_OUTDIR: directory, KEEP_DATA: 'no' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`blog/bin/cdk.ts ended with ${code}:\n${(await said).join('\n')}`)
  return readStack(directory)
}
