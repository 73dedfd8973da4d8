/**
 * What is configured, by kind and name: in memory exactly as it stands on disk. Changes are made one
 * after the other, each in a commit, so whoever decides on one sees all that were made before.
 */
import type { Contribution } from './engine/commit.ts'
import type { Inside } from './engine/inside.ts'
import { BusError, isOvertaken } from './errors.ts'

export interface Settings {
  /** All of a kind, by name. Live: it changes with the changes. */
  of<T>(kind: string): ReadonlyMap<string, T>
  /**
   * Calls `decide` when the changes before have ended, and resolves with its answer when what it
   * decided is on disk. Rejects with what it threw, and then nothing has changed. Where several
   * processes decide it is called again when another was quicker, with what that has changed in `of`.
   */
  change<T>(decide: () => Decision<T>): Promise<T>
  /** Tells what other processes have changed, when it is in `of`. */
  changedElsewhere(listener: (kind: string, name: string) => void): void
}

export interface Decision<T> {
  /** Null deletes. Values are plain data: what JSON keeps. */
  readonly write: readonly {
    readonly kind: string
    readonly name: string
    readonly value: unknown
  }[]
  /** What else is in the same commit. */
  readonly also?: Omit<Contribution, 'settings'>
  /** Called when it is on disk and in `of`, before any other event is matched. Must not throw. */
  readonly applied?: () => void
  readonly answer: T
}

export function settings({
  settings: left,
  decide: write,
  heard,
}: Pick<Inside, 'settings' | 'decide' | 'heard'>): Settings {
  const kinds = new Map<string, Map<string, unknown>>()
  const listeners: ((kind: string, name: string) => void)[] = []
  /** How often others have changed something. */
  let elsewhere = 0
  let before: Promise<unknown> = Promise.resolve()

  function of(kind: string): Map<string, unknown> {
    let known = kinds.get(kind)
    if (known === undefined) {
      known = new Map([...left(kind)].map(([name, text]) => [name, JSON.parse(text)]))
      kinds.set(kind, known)
    }
    return known
  }

  async function make<T>(decide: () => Decision<T>): Promise<T> {
    const { write: changes, also, applied = () => {}, answer } = decide()
    if (changes.length === 0 && !also) {
      applied()
      return answer
    }
    const rows = changes.map(({ kind, name, value }) => ({
      ...{ kind, name },
      text: value === null ? null : JSON.stringify(value),
    }))
    const decidedAt = elsewhere
    await write(
      () => {
        if (elsewhere !== decidedAt) throw overtaken()
        return { ...also, settings: rows }
      },
      () => {
        for (const { kind, name, value } of changes)
          if (value === null) of(kind).delete(name)
          else of(kind).set(name, value)
        applied()
      },
    )
    return answer
  }

  async function makeAgain<T>(decide: () => Decision<T>): Promise<T> {
    for (;;)
      try {
        return await make(decide)
      } catch (error) {
        if (!isOvertaken(error)) throw error
      }
  }

  heard((rows) => {
    const different = rows.filter(({ kind, name, text }) => {
      if (!kinds.has(kind)) return false // whoever asks for it later has it from `left`
      const known = of(kind).get(name)
      return (known === undefined ? null : JSON.stringify(known)) !== text
    })
    if (different.length > 0) elsewhere++
    for (const { kind, name, text } of different)
      if (text === null) of(kind).delete(name)
      else of(kind).set(name, JSON.parse(text))
    for (const { kind, name } of different) for (const each of listeners) each(kind, name)
  })

  return {
    of: <T>(kind: string) => of(kind) as ReadonlyMap<string, T>,
    change(decide) {
      const made = before.then(() => makeAgain(decide))
      before = made.catch(() => {})
      return made
    },
    changedElsewhere: (listener) => void listeners.push(listener),
  }
}

const overtaken = () =>
  new BusError('ConcurrentModificationException', 'Another process has changed the settings')
