/**
 * The page's end of `/ws`. It comes back by itself, from the newest change on that it was told, and finds out
 * when nobody is there any more: a network that is cut tells neither side, and the server's pings are not
 * shown to a page, so a page that is looked at asks.
 */
import type { BlogPostUpdatedFrame, ClientFrame, ServerFrame, Subject } from '../../frame.ts'

export interface Told {
  /** What comes twice, or out of turn, is told as it comes. */
  changed(update: BlogPostUpdatedFrame): void
  /** From here on nothing is missing. */
  connected(): void
  disconnected(): void
  /** What happened meanwhile cannot be told: the page has to be made anew. */
  missed(): void
  refused(message: string): void
}

/** How long a connection may take until it is watched over. */
const openMs = 10_000
/** Of silence, until it is asked for a sign. */
const quietMs = 20_000
/** For the sign to come. */
const answerMs = 5_000
/** A connection that is made is given so long before a better one is tried. */
const soonMs = 1_000
/** A connection that ends sooner counts as one that failed. */
const goodMs = 10_000

interface Line {
  /** Somebody has reason to think that it is cut, or may be had again. */
  check(): void
}

export function connect(url: string | URL, subject: Subject, after: string, told: Told): void {
  /** The newest change up to which nothing is missing here. Cursors sort as text. */
  let cursor = after
  let failures = 0
  let line = open()

  function open(): Line {
    const socket = new WebSocket(url)
    const opened = performance.now()
    let patience = window.setTimeout(lose, openMs)
    let isWatched = false
    let isLost = false
    const send = (frame: ClientFrame) => socket.send(JSON.stringify(frame))

    function ask(): void {
      // Whoever does not look need not know; they are told when they do.
      if (document.hidden) return
      send({ action: 'ping' })
      wait(answerMs, lose)
    }
    function wait(ms: number, then: () => void): void {
      clearTimeout(patience)
      patience = window.setTimeout(then, ms)
    }
    function lose(): void {
      if (isLost) return
      isLost = true
      clearTimeout(patience)
      // A connection that is cut takes minutes to close, and nobody waits for it.
      socket.close()
      told.disconnected()
      // A server that accepts and closes at once is as gone as one that does not answer.
      failures = performance.now() - opened > goodMs ? 0 : failures + 1
      const most = Math.min(30_000, 500 * 2 ** failures)
      line = closed((most / 2) * (1 + Math.random()))
    }

    socket.onopen = () => isLost || send({ action: 'watch', ...subject, after: cursor })
    socket.onclose = lose
    socket.onmessage = ({ data }) => {
      if (isLost) return
      const frame = JSON.parse(data) as ServerFrame
      if (frame.type === 'watching') {
        isWatched = true
        told.connected()
      }
      if (isWatched) wait(quietMs, ask)
      if (frame.type === 'resync') told.missed()
      if (frame.type === 'error') told.refused(frame.message)
      if (frame.type !== 'BlogPostUpdated') return
      told.changed(frame)
      // One watch is told all in order, so whatever lies before the newest has come.
      if (frame.cursor > cursor) cursor = frame.cursor
    }
    return {
      check() {
        if (isWatched) return ask()
        if (performance.now() - opened < soonMs) return
        // It waits for an answer to what was lost on the way.
        lose()
        line.check()
      },
    }
  }

  function closed(ms: number): Line {
    const again = window.setTimeout(reopen, ms)
    function reopen(): void {
      clearTimeout(again)
      line = open()
    }
    return { check: reopen }
  }

  const check = () => document.hidden || line.check()
  document.addEventListener('visibilitychange', check)
  for (const event of ['online', 'offline', 'pageshow']) window.addEventListener(event, check)
}
