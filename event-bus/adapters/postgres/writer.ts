/**
 * The connection that commits. One commit at a time, in one statement; where an application's works write
 * beside it, in one transaction. A commit whose answer is lost with the connection is asked for until it is
 * known whether it was stored: it is never told to have failed when it was, nor made twice.
 */
import type { Client } from 'pg'
import { BusError } from '../../errors.ts'
import type { Rows, Work } from '../../ports.ts'
import { type Database, endLost, ignore, noteLost } from './database.ts'
import { isAnswer, isDecidedOnOld, isFenced } from './fenced.ts'
import type { Membership } from './membership.ts'
import { commitParameters, commitStatement } from './write.ts'

/** What an application writes with, inside its work. */
export interface PostgresTx {
  /** Rejects with what the server says; the work is then to reject, too. */
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>
}

export interface Writer {
  commit(works: readonly Work<PostgresTx>[], rows: () => Rows): Promise<void>
  close(): Promise<void>
}

const longestPauseMs = 2_000
const message = 'Another node has changed what this was decided on'

/** Its life has ended while it asked: whether others found the commit in the store, nobody knows here. */
function notKnown(cause: Error): never {
  const message = `It is not known whether this was stored (${cause.message}). Ask for it before you send it again.`
  throw new BusError('InternalException', message, { cause, mayBeStored: true })
}

export function writer(database: Database, membership: Membership): Writer {
  const { epoch } = membership.node
  let client: Client | null = null
  let last = 0
  let closed = false
  const lost = new Set<number>()

  async function connected(): Promise<Client> {
    if (membership.ended) throw membership.ended
    if (client) return client
    const made = await database.connect()
    made.once('end', () => {
      if (client === made) client = null
    })
    client = made
    try {
      await answered(endLost(made, lost))
    } catch (error) {
      drop(made)
      throw error
    }
    return made
  }
  function drop(dropped: Client): void {
    if (client === dropped) client = null
    noteLost(dropped, lost)
    void dropped.end().catch(ignore)
  }

  /** Rejects when no answer has come for too long: the other end may be gone, and nobody has said so. */
  async function answered<T>(answer: Promise<T>): Promise<T> {
    let late: NodeJS.Timeout | null = null
    const timeout = new Promise<never>((_, reject) => {
      late = setTimeout(
        () => reject(new Error(`No answer from PostgreSQL within ${database.answerMs} ms`)),
        database.answerMs,
      )
    })
    try {
      return await Promise.race([answer, timeout])
    } finally {
      if (late) clearTimeout(late)
    }
  }

  /** Whether a commit was stored that was sent over a connection which is lost. */
  async function wasStored(number: number): Promise<boolean> {
    for (let pauseMs = 50; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      let asking: Client | null = null
      try {
        asking = await connected()
        const { rows } = await answered(
          asking.query('select was_stored_1($1, $2) as yes', [epoch, number]),
        )
        const isStored = rows[0].yes === true
        last = isStored ? number : number + 1
        return isStored
      } catch (error) {
        if (isFenced(error)) throw membership.end(error)
        if (membership.ended) throw membership.ended
        if (closed) throw error
        if (asking) drop(asking)
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  /** A transaction that begins when a work asks for the first time. */
  function transaction(on: Client) {
    let isBegun = false
    let isMarked = false
    let lostBy: Error | null = null
    async function asked<T>(answer: Promise<T>): Promise<T> {
      try {
        return await answered(answer)
      } catch (error) {
        if (!isAnswer(error)) lostBy ??= error as Error
        throw error
      }
    }
    const ask = async (text: string, values?: readonly unknown[]) =>
      (await asked(on.query(text, values as unknown[]))).rows
    return {
      asked,
      /** Why the connection is of no use any more; null while it is. */
      get lostBy() {
        return lostBy
      },
      get isBegun() {
        return isBegun
      },
      tx: {
        async query(text: string, values?: readonly unknown[]) {
          if (!isBegun) await ask('begin')
          isBegun = true
          if (!isMarked) await ask('savepoint work')
          isMarked = true
          return ask(text, values)
        },
      } as PostgresTx,
      async keep() {
        if (isMarked) await ask('release savepoint work')
        isMarked = false
      },
      async undo() {
        if (isMarked) await ask('rollback to savepoint work')
        isMarked = false
      },
      end: async (how: 'commit' | 'rollback') => void (await ask(how)),
    }
  }

  async function run(
    works: readonly Work<PostgresTx>[],
    under: ReturnType<typeof transaction>,
  ): Promise<void> {
    for (const work of works) {
      try {
        await work.run(under.tx)
        await under.keep()
      } catch (error) {
        if (!under.lostBy) await under.undo()
        if (under.lostBy) throw under.lostBy // no fault of the work's, and nothing of the others is stored either
        work.failed(error)
      }
    }
  }

  async function commit(works: readonly Work<PostgresTx>[], rows: () => Rows): Promise<void> {
    const given = membership.giving()
    try {
      await committed(works, rows)
    } finally {
      if (!closed) given() // else its end may not be known
    }
  }

  async function committed(works: readonly Work<PostgresTx>[], rows: () => Rows): Promise<void> {
    const on = await connected()
    const under = transaction(on)
    const number = last + 1
    let isSent = false
    let version: unknown = null
    try {
      await run(works, under)
      const values = commitParameters(epoch, number, rows(), membership.version) as unknown[]
      isSent = !under.isBegun
      const answer = await under.asked(on.query({ ...commitStatement, values }))
      version = answer.rows[0].version
      isSent = true
      if (under.isBegun) await under.end('commit')
      last = number
    } catch (error) {
      const isKnown = isAnswer(error) || !isSent
      if (under.lostBy || client !== on) drop(on)
      else if (under.isBegun) await under.end('rollback').catch(() => drop(on))
      if (isFenced(error)) throw membership.end(error)
      if (isDecidedOnOld(error)) {
        await membership.hear()
        throw new BusError('ConcurrentModificationException', message, { cause: error })
      }
      if (isKnown) throw error
      if (!(await wasStored(number).catch(notKnown))) throw error
      version = null // what it was, is heard with the next beat
    }
    // Nobody else has changed anything between what is known and this.
    if (version !== null && Number(version) === membership.version + 1)
      membership.knows(Number(version))
  }

  return {
    commit,
    async close() {
      closed = true
      await client?.end().catch(ignore)
    },
  }
}
