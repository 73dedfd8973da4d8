/**
 * Reads this page from the server again, for what only the server can make. Who asks while it is read has it
 * read once more, and what fails is tried again, so what is shown in the end is no older than the last asking.
 */

export interface Pace {
  /** From the asking to the reading; up to half as much again, as all open pages are told at the same time. */
  readonly afterMs: number
  /** From one reading to the next, at least. */
  readonly apartMs: number
}

const answerMs = 10_000
const longestMs = 60_000

export function refresher(
  show: (made: Document, status: number) => void,
  { afterMs, apartMs }: Pace,
): () => void {
  let isAsked = false
  let isBusy = false
  let failures = 0
  let last = Number.NEGATIVE_INFINITY

  function ask(): void {
    isAsked = true
    if (isBusy) return
    isBusy = true
    const soonest = Math.max(afterMs, last + apartMs - performance.now())
    const fault = failures && Math.min(longestMs, 1_000 * 2 ** failures)
    window.setTimeout(read, (soonest + fault) * (1 + Math.random() / 2))
  }

  async function read(): Promise<void> {
    isAsked = false
    last = performance.now()
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(answerMs) })
      if (answer.status >= 500 || answer.status === 429) throw new Error(`${answer.status}`)
      const made = new DOMParser().parseFromString(await answer.text(), 'text/html')
      failures = 0
      show(made, answer.status)
    } catch {
      failures++
      isAsked = true
    }
    isBusy = false
    if (isAsked) ask()
  }
  return ask
}
