/** A real file system of a few megabytes, where one can be mounted; else a file that may not grow. */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { aFolder } from './folder.ts'

export interface SmallDisk {
  readonly folder: string
  /** Takes what room there is but for so many bytes. */
  fill(leave: number): void
  /** Gives it back. */
  free(): void
  unmount(): void
}

const mounted = new Set<() => void>()
process.on('exit', () => {
  for (const unmount of mounted) unmount()
})

/** Null when nothing can be mounted here, which takes root. */
export function smallDisk(megabytes: number): SmallDisk | null {
  const { path, remove } = aFolder()
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', path]
  if (process.platform !== 'linux' || spawnSync('mount', options).status !== 0) {
    remove()
    return null
  }
  const ballast = join(path, 'ballast')
  function unmount(): void {
    if (!mounted.delete(unmount)) return
    if (spawnSync('umount', [path]).status !== 0) spawnSync('umount', ['-l', path])
    remove()
  }
  mounted.add(unmount)
  const folder = join(path, 'data')
  mkdirSync(folder)
  return {
    folder,
    fill(leave) {
      const file = openSync(ballast, 'w')
      const some = Buffer.alloc(4_096, 1)
      const spare = join(path, 'spare')
      const kept = openSync(spare, 'w')
      if (leave > 0) writeSync(kept, Buffer.alloc(leave, 1))
      closeSync(kept)
      try {
        for (;;) writeSync(file, some)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
      closeSync(file)
      rmSync(spare)
    },
    free: () => rmSync(ballast, { force: true }),
    unmount,
  }
}
