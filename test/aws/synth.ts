/** Stacks, synthesised once a process as `npm run synth` does, into directories that go with the process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { compiled } from '../settings.ts'
import { readStack, type StackFiles } from './template.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** Who may sign in besides whoever has the author token. */
const anAuthor = 'ann@example.org'
const synthesised = new Map<string, Promise<StackFiles>>()

export const blogStack = (): Promise<StackFiles> => kept(at('../../blog/bin/cdk.ts'))
/** Of a flow whose handlers fail. */
export const failingStack = (): Promise<StackFiles> => kept(at('cdk-failing.ts'))

function kept(program: string): Promise<StackFiles> {
  const known = synthesised.get(program) ?? synthesise(program)
  synthesised.set(program, known)
  return known
}

async function synthesise(program: string): Promise<StackFiles> {
  const directory = mkdtempSync(join(tmpdir(), 'busbar-cdk-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const child = spawn(process.execPath, [program], {
    env: {
      ...{ ...compiled, PATH: process.env.PATH ?? '' },
      ...{ HOME: directory, CDK_OUTDIR: directory, KEEP_DATA: 'no' },
      AUTHORS: anAuthor,
      BUSBAR_ALLOW_ADDRESSES: '127.0.0.1', // where tests have their webhooks
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${(await said).join('\n')}`)
  return readStack(directory)
}
