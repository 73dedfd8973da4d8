/** All processes of a PostgreSQL, killed or stopped at once as a machine's are. Linux tells which they are. */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Server } from '../../event-bus/adapters/postgres/testing.ts'

/** They stand still until they are killed, or go on. */
export function stopServer({ pid }: Server): readonly number[] {
  process.kill(pid, 'SIGSTOP') // it starts no other from here on
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const children = list.split(' ').filter(Boolean).map(Number)
  for (const child of children) signal(child, 'SIGSTOP')
  return children
}

export function resumeServer({ pid }: Server, children: readonly number[]): void {
  for (const each of [...children, pid]) signal(each, 'SIGCONT')
}

/** `kill -9` for all of them. Resolves when they are gone. */
export async function loseServer(server: Server): Promise<void> {
  const children = stopServer(server)
  for (const pid of [...children, server.pid]) signal(pid, 'SIGKILL')
  for (let wait = 0; children.some(isAlive) && wait < mostWaits; wait++) await pause(10)
  await server.kill()
}
/** What those that were killed shared stays behind: the next server on the same files takes it away. */
export async function tidyAfter(server: Server): Promise<void> {
  await server.restart()
  await server.kill()
}
const mostWaits = 1_000

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {} // it has ended meanwhile
}
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
