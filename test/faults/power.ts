/**
 * A disk that loses what was not synced. It is given what a program did to it, step by step, and tells
 * what would be found on it if the power went now: all that was synced, and of the rest whatever the
 * disk happened to have done, in whatever order. Stricter than any file system: a new name is only
 * there when its folder was synced, for that is all that POSIX promises.
 */
import type { Random } from '../random.ts'
import type { Step } from './trace.ts'

/** What becomes of that which was not synced. */
export const fates = [
  /** None of it has reached the disk: what a machine does that writes as late as it may. */
  'lost',
  /** All of it has. */
  'written',
  /** Of each file what came first. */
  'begun',
  /** Some of the writes, in any order. */
  'scattered',
  /** Some of the sectors of each write. */
  'torn',
  /** The same, with noise in those that were being written. */
  'noise',
] as const
export type Fate = (typeof fates)[number]

type Change = Extract<Step, { readonly kind: 'write' | 'truncate' }>
interface File {
  synced: Buffer
  pending: Change[]
}
interface Folder {
  readonly names: Map<string, File | Folder>
  /** Changes of its names since it was synced; they reach the disk in this order. */
  pending: { readonly name: string; readonly now: File | Folder | null }[]
}

const sector = 512

export interface Disk {
  /** Does the next step. */
  take(step: Step): void
  /** What would be found now: path below the root → content. */
  cut(fate: Fate, chance: Random): ReadonlyMap<string, Buffer>
}

/** `root` itself is there for good. */
export function disk(root: string): Disk {
  const top: Folder = { names: new Map(), pending: [] }
  /** What the program sees. */
  const visible = new Map<string, File | Folder>([[root, top]])

  const parted = (path: string) => {
    const at = path.lastIndexOf('/')
    return { folder: visible.get(path.slice(0, at)) as Folder, name: path.slice(at + 1) }
  }
  function rename(path: string, now: File | Folder | null): void {
    const { folder, name } = parted(path)
    folder.pending.push({ name, now })
    if (now) visible.set(path, now)
    else visible.delete(path)
  }

  return {
    take(step) {
      if (step.kind === 'told') return
      const found = visible.get(step.path)
      if (step.kind === 'mkdir') rename(step.path, { names: new Map(), pending: [] })
      else if (step.kind === 'unlink') rename(step.path, null)
      else if (step.kind === 'create') {
        if (!found) rename(step.path, { synced: Buffer.alloc(0), pending: [] })
      } else if (!found) throw new Error(`${step.path} is not there`)
      else if (step.kind === 'sync') sync(found)
      else (found as File).pending.push(step as Change)
    },
    cut(fate, chance) {
      const files = new Map<string, Buffer>()
      gather(top, '', { fate, chance, files })
      return files
    },
  }
}

function sync(one: File | Folder): void {
  if ('names' in one) one.pending.forEach(({ name, now }) => enter(one.names, name, now))
  else one.synced = one.pending.reduce(changed, one.synced)
  one.pending = []
}

function enter(names: Folder['names'], name: string, now: File | Folder | null): void {
  if (now) names.set(name, now)
  else names.delete(name)
}

function gather(
  { names, pending }: Folder,
  path: string,
  how: { readonly fate: Fate; readonly chance: Random; readonly files: Map<string, Buffer> },
): void {
  const { fate, chance, files } = how
  const left = new Map(names)
  const kept =
    fate === 'lost' ? 0 : fate === 'written' ? pending.length : chance.int(0, pending.length)
  for (const { name, now } of pending.slice(0, kept)) enter(left, name, now)
  for (const [name, one] of left)
    if ('names' in one) gather(one, `${path}${name}/`, how)
    else files.set(path + name, happened(one, fate, chance))
}

function happened({ synced, pending }: File, fate: Fate, chance: Random): Buffer {
  const some = () => chance.int(0, 1) === 1
  switch (fate) {
    case 'lost':
      return synced
    case 'written':
      return pending.reduce(changed, synced)
    case 'begun':
      return pending.slice(0, chance.int(0, pending.length)).reduce(changed, synced)
    case 'scattered':
      return pending.filter(some).reduce(changed, synced)
    default:
      return pending
        .flatMap(sectors)
        .flatMap((change) => {
          if (some()) return [change]
          if (fate === 'torn' || change.kind !== 'write' || some()) return []
          return [{ ...change, bytes: Buffer.from(change.bytes.map(() => chance.int(0, 255))) }]
        })
        .reduce(changed, synced)
  }
}

/** A write, cut where sectors of the disk end. */
function sectors(change: Change): readonly Change[] {
  if (change.kind !== 'write') return [change]
  const { at, bytes } = change
  const parts: Change[] = []
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + sector - ((at + from) % sector))
    parts.push({ ...change, at: at + from, bytes: bytes.subarray(from, to) })
    from = to
  }
  return parts
}

function changed(content: Buffer, change: Change): Buffer {
  const length =
    change.kind === 'truncate'
      ? change.length
      : Math.max(content.length, change.at + change.bytes.length)
  const next = Buffer.alloc(length)
  content.copy(next)
  if (change.kind === 'write') change.bytes.copy(next, change.at)
  return next
}
