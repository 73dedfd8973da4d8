/**
 * Where changes and browsers meet. Each watch knows after which cursor it has been sent everything,
 * so that what one watch of a browser has brought is not brought by another again.
 */
import type { EventLog } from '@busbar/event-bus'
import type { RawData } from 'ws'
import type { Change } from '../../change.ts'
import { keyOf, parse, pong, type Request, resync, unwatched, watching } from '../../frames.ts'
import { audience } from './audience.ts'
import { changeFeed } from './change-feed.ts'
import type { Client } from './client.ts'
import type { Limits } from './limits.ts'

export interface Hub {
  /** Resolves when the change with that cursor, and all before it, were given to the sockets. */
  push(cursor: string): Promise<void>
  /** Does what a frame asks for. Never rejects. */
  answer(browser: Client, data: RawData, isBinary: boolean): Promise<void>
  left(browser: Client): void
}

type Watch = Extract<Request, { action: 'watch' }>

export async function hub(
  log: EventLog,
  limits: Limits,
  tellKeeper: (message: string) => void,
): Promise<Hub> {
  const browsers = new Set<Client>()
  const watchers = audience<Client>()
  const feed = await changeFeed(log, limits, {
    tell: (change) => {
      for (const browser of watchers.of(change)) browser.send(change.frame)
    },
    restarted: () => {
      tellKeeper('The log of changes has a gap; every browser is told to fetch anew')
      for (const browser of browsers)
        for (const [key, { subject }] of browser.watches) {
          browser.watches.set(key, { subject, start: feed.position })
          browser.send(resync(subject, feed.position, 'a gap in the log'))
        }
    },
  })

  async function watch(browser: Client, { subject, after }: Watch): Promise<void> {
    const key = keyOf(subject)
    const watched = browser.watches.get(key)
    if (!watched && browser.watches.size >= limits.watches)
      return browser.fault(
        `A connection watches at most ${limits.watches} topics and posts: unwatch one first`,
      )
    const since = after === null ? null : await readSince(after)
    if (!browser.isOpen) return

    // From here to the end in one turn, so no change falls between what was missed and what comes live.
    const { position } = feed
    const missed = since ? missedBy(browser, key, since()) : []
    const isKnown = typeof missed !== 'string'
    const from = after !== null && isKnown ? after : position
    const [start = position] = [from, position, watched?.start ?? position].sort()
    browser.watches.set(key, { subject, start })
    browsers.add(browser)
    watchers.add(key, browser)
    if (!isKnown) browser.send(resync(subject, position, missed))
    browser.send(watching(subject, from))
    if (isKnown) browser.sendMissed(missed.map(({ frame }) => frame))
  }

  async function readSince(after: string): Promise<() => readonly Change[] | null> {
    try {
      return await feed.since(after)
    } catch (error) {
      tellKeeper(`The log of changes could not be read for a browser that came back: ${error}`)
      return () => null
    }
  }

  /** What this watch has missed and no other has brought; or why that cannot be told one by one. */
  function missedBy(
    { watches, waiting, missedBytes }: Client,
    key: string,
    told: readonly Change[] | null,
  ): readonly Change[] | string {
    if (!told) return 'what came after this cursor is not known here'
    const isSent = ({ keys, cursor }: Change) =>
      keys.some((key) => (watches.get(key)?.start ?? cursor) < cursor)
    const missed = told.filter((change) => change.keys.includes(key) && !isSent(change))
    // Counted with what the queue holds, or many watches together would be owed without bound.
    if (missed.length > 0 && missed.length + waiting > limits.catchUp)
      return `more than ${limits.catchUp} changes were missed`
    const bytes = missed.reduce((sum, { frame }) => sum + frame.length, missedBytes)
    return bytes > limits.outbox ? `more than ${limits.outbox} bytes were missed` : missed
  }

  return {
    push: (cursor) => feed.tellUpTo(cursor),
    async answer(browser, data, isBinary) {
      if (isBinary) return browser.fault('This is a binary frame. Expected is JSON in a text frame')
      const request = parse(String(data), limits.name)
      if ('fault' in request) return browser.fault(request.fault)
      if (request.action === 'watch') return watch(browser, request)
      if (request.action === 'ping') return browser.send(pong())
      const key = keyOf(request.subject)
      browser.watches.delete(key)
      watchers.delete(key, browser)
      browser.send(unwatched(request.subject))
    },
    left(browser) {
      browsers.delete(browser)
      for (const key of browser.watches.keys()) watchers.delete(key, browser)
    },
  }
}
