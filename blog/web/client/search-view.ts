/** A list that only the server can make: what was searched for is looked for again when something has changed. */
import { articleOf } from './article.ts'
import { keepReadingPlace } from './reading-place.ts'
import { refresher } from './refresher.ts'
import type { Status } from './status.ts'
import type { View } from './view.ts'

export function searchView(list: HTMLElement, { arrived }: Pick<Status, 'arrived'>): View {
  const isNewest = list.dataset.newest !== undefined

  const refresh = refresher(
    (made) => {
      const found = made.querySelector('[data-posts]')
      if (!found) return
      const before = new Set([...list.children].map(idOf))
      keepReadingPlace(list, () => replace(list, found))
      for (const name of ['[data-older]', '.empty'])
        document.querySelector(name)?.replaceWith(...made.querySelectorAll(name))
      const newest = [...list.children].slice(0, isNewest ? 1 : 0)
      for (const each of newest)
        if (!before.has(idOf(each))) arrived(each.querySelector('h2')?.textContent ?? '')
    },
    { afterMs: 1_000, apartMs: 4_000 },
  )

  return {
    changed({ eventName, post }) {
      if (eventName === 'REMOVE') articleOf(post.id)?.remove()
      refresh()
    },
  }
}

const idOf = (article: Element) => (article as HTMLElement).dataset.postId ?? ''

/** What is the same stays the same element, with what a reader has focused or selected in it. */
function replace(list: HTMLElement, found: Element): void {
  const shown = new Map([...list.children].map((article) => [idOf(article), article]))
  const wanted = [...found.children].map((article) => {
    const known = shown.get(idOf(article))
    return known && textOf(known) === textOf(article) ? known : article
  })
  for (const article of [...list.children]) if (!wanted.includes(article)) article.remove()
  let at = list.firstElementChild
  for (const article of wanted) {
    if (article === at) at = at.nextElementSibling
    else list.insertBefore(article, at)
  }
}

/** Without the blanks between tags, which the server makes and the script does not. */
const textOf = (article: Element) => article.outerHTML.replaceAll(/\s*\n\s*/g, '')
