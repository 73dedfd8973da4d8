/** The topics on the home page, the one written to last first. */
import { topicsShown, topicUrl } from '../shown.ts'
import { articleOf } from './article.ts'
import { refresher } from './refresher.ts'
import type { View } from './view.ts'

export function topicsView(posts: HTMLElement): View {
  const nav = () => document.querySelector('nav.topics')

  const refresh = refresher(
    (made) => {
      const here = nav()
      const found = made.querySelector('nav.topics')
      if (!here && found) posts.before(found)
      else here?.replaceWith(...(found ? [found] : []))
    },
    { afterMs: 1_000, apartMs: 4_000 },
  )

  function toFront(topic: string): void {
    const list = nav()?.querySelector('ul')
    const first = list?.firstElementChild
    if (!list || !first) {
      refresh()
      return
    }
    const items = [...list.children]
    const known = items.find(({ textContent }) => textContent === topic)
    if (known === first) return
    const item = known ?? (first.cloneNode(true) as Element)
    const link = item.querySelector('a')
    if (!link) return
    link.href = topicUrl(topic)
    link.textContent = topic
    list.prepend(item)
    if (list.children.length > topicsShown) list.lastElementChild?.remove()
  }

  return {
    changed({ eventName, post }) {
      if (eventName === 'INSERT') return toFront(post.topic)
      const shown = articleOf(post.id)?.querySelector('[data-field="topic"]')?.textContent
      const names = [...(nav()?.querySelectorAll('a') ?? [])].map((link) => link.textContent)
      // Its last post may have gone, or its first come: what has no posts is not named.
      const isOther = shown !== undefined && shown !== post.topic
      if (eventName === 'REMOVE' || isOther || !names.includes(post.topic)) refresh()
    },
  }
}
