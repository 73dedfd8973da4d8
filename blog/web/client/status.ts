/** What the page says of itself, in a line that is read out when there is time: little, and not for long. */

const patienceMs = 2_000
const togetherMs = 500
const readMs = 8_000

export interface Status {
  connected(): void
  disconnected(): void
  refused(message: string): void
  /** New posts, by their titles; many at once are a number. */
  arrived(title: string): void
  say(message: string): void
}

export function status(): Status {
  const root = document.documentElement
  const line = document.querySelector('[data-live-status]')
  let refusal = ''
  /** Runs out when a connection that was lost is worth a word. */
  let losing = 0
  let telling = 0
  let fading = 0
  let titles: string[] = []

  function say(message: string): void {
    clearTimeout(fading)
    if (line && line.textContent !== message) line.textContent = message
  }
  function sayForAWhile(message: string): void {
    say(message)
    fading = window.setTimeout(() => say(''), readMs)
  }

  return {
    say,
    connected() {
      root.dataset.live = 'on'
      clearTimeout(losing)
      losing = 0
      refusal = ''
      say('')
    },
    disconnected() {
      root.dataset.live = 'off'
      if (losing || refusal) return
      losing = window.setTimeout(
        () => say('The connection is lost. New posts appear when it is back.'),
        patienceMs,
      )
    },
    refused(message) {
      refusal = `This page is not live: ${message}`
      say(refusal)
    },
    arrived(title) {
      titles.push(title)
      if (telling) return
      telling = window.setTimeout(() => {
        telling = 0
        if (root.dataset.live === 'on')
          sayForAWhile(titles.length > 1 ? `${titles.length} new posts` : `New: ${titles[0]}`)
        titles = []
      }, togetherMs)
    },
  }
}
