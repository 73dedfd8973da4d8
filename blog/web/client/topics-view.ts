/** The topics on the home page, the one written to last first. */
import { topicsShown, topicUrl } from '../shown.ts'
import { articleOf } from './article.ts'
import { refresher } from './refresher.ts'
import type { View } from './view.ts'

export function topicsView(nav: HTMLElement): View {
  const list = nav.querySelector('ul') ?? nav
  const names = () => [...list.children].map(({ textContent }) => textContent)

  /** Which is the last post of a topic, the server alone knows. */
  const refresh = refresher(
    (made) => {
      const found = made.querySelector<HTMLElement>('nav.topics')
      if (!found) return
      list.replaceChildren(...(found.querySelector('ul')?.childNodes ?? []))
      nav.hidden = found.hidden
    },
    { afterMs: 1_000, apartMs: 4_000 },
  )

  function toFront(topic: string): void {
    const at = names().indexOf(topic)
    if (at === 0) return
    list.prepend(list.children[at] ?? itemOf(topic))
    if (list.children.length > topicsShown) list.lastElementChild?.remove()
    nav.hidden = false
  }

  return {
    changed({ eventName, post }) {
      if (eventName === 'INSERT') return toFront(post.topic)
      const shown = articleOf(post.id)?.querySelector('[data-field="topic"]')?.textContent
      const isOther = shown !== undefined && shown !== post.topic
      if (eventName === 'REMOVE' || isOther || !names().includes(post.topic)) refresh()
    },
  }
}

function itemOf(topic: string): Element {
  const item = document.createElement('li')
  const link = document.createElement('a')
  link.href = topicUrl(topic)
  link.textContent = topic
  item.append(link)
  return item
}
