/**
 * Keeps the way of a post fresh while it is under way and the page is seen: every half second while
 * something happens, less often while nothing does.
 */

const soonMs = 500
const lateMs = 5_000
const answerMs = 10_000

export function progress(): void {
  const root = document.querySelector<HTMLElement>('[data-progress][data-open]')
  if (root) follow(root, root.dataset.progress ?? '')
}

function follow(root: HTMLElement, url: string): void {
  let tag = ''
  let pauseMs = soonMs
  let timer = 0

  const later = () => {
    clearTimeout(timer)
    if (!document.hidden) timer = window.setTimeout(ask, pauseMs)
  }
  document.addEventListener('visibilitychange', later)
  const end = () => document.removeEventListener('visibilitychange', later)

  async function ask(): Promise<void> {
    try {
      const answer = await fetch(url, {
        ...{ cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(answerMs) },
        headers: tag === '' ? {} : { 'If-None-Match': tag },
      })
      if (!root.isConnected || (answer.status >= 400 && answer.status < 500)) return end()
      pauseMs = answer.ok ? soonMs : Math.min(lateMs, pauseMs * 1.5)
      if (answer.ok) {
        tag = answer.headers.get('ETag') ?? ''
        if (!show(root, await answer.text())) return end()
      }
    } catch {
      pauseMs = lateMs
    }
    later()
  }
  later()
}

/** Whether there is more to come. */
function show(root: HTMLElement, text: string): boolean {
  const made = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-progress]')
  if (!made) return false
  const fresh = parts(made)
  for (const [name, part] of parts(root)) put(part, fresh.get(name) ?? part)
  root.toggleAttribute('data-open', made.hasAttribute('data-open'))
  return made.hasAttribute('data-open')
}

const parts = (of: Element): Map<string, HTMLElement> =>
  new Map(
    [...of.querySelectorAll<HTMLElement>('[data-part]')].map((part) => [
      part.dataset.part ?? '',
      part,
    ]),
  )

/** The element stays: one that is read out is known by that, one that was opened stays open. */
function put(old: HTMLElement, part: HTMLElement): void {
  for (const name of ['data-state', 'data-none']) {
    const value = part.getAttribute(name)
    if (value === null) old.removeAttribute(name)
    else old.setAttribute(name, value)
  }
  if (old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes)
}
