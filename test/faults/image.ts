/** A disk that is a file with a file system in it, so that a copy can be made of what has reached it. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { aFolder } from './folder.ts'

const mounted = new Set<string>()
process.on('exit', () => {
  for (const folder of mounted) unmount(folder)
})

/** Answers what went wrong; null when nothing did. */
function run(command: string, args: readonly string[]): string | null {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? null : `${command}: ${error?.message ?? stderr.trim()}`
}
function must(command: string, ...args: readonly string[]): void {
  const wrong = run(command, args)
  if (wrong !== null) throw new Error(wrong)
}

/** Makes the image `file` with an ext4 in it, and mounts it at `folder`. Throws where that is not allowed. */
export function mountNew(file: string, folder: string, megabytes: number): void {
  must('truncate', '-s', `${megabytes}M`, file)
  must('mkfs.ext4', '-q', '-F', file)
  mount(file, folder)
}
export function mount(file: string, folder: string): void {
  mkdirSync(folder)
  must('mount', '-o', 'loop', file, folder)
  mounted.add(folder)
}
export function unmount(folder: string): void {
  if (mounted.delete(folder) && run('umount', [folder]) !== null) must('umount', '-l', folder)
}
/** What has reached the disk, and nothing that the file system has only in memory. */
export const copyImage = (from: string, to: string): void => must('cp', '--sparse=always', from, to)

/** Why none can be mounted here; null when one can. */
export function unmountable(): string | null {
  const folder = aFolder()
  const at = join(folder.path, 'mounted')
  try {
    mountNew(join(folder.path, 'image'), at, 8)
    unmount(at)
    return null
  } catch (error) {
    return `no file system in a file can be mounted here (${(error as Error).message})`
  } finally {
    folder.remove()
  }
}
