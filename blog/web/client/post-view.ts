/** The page of one post: what is named is filled in, what is written is asked for, until it is deleted. */
import { articleOf, fill } from './article.ts'
import { refresher } from './refresher.ts'
import type { View } from './view.ts'

const title = 'This post was deleted'

export function postView(place: HTMLElement): View {
  const main = place.closest('main') ?? place
  let body: string | null = null
  let isRemoved = false

  const refresh = refresher(
    (made, status) => {
      const from = made.querySelector(isRemoved ? 'main' : '[data-field="body"]')
      const to = isRemoved ? main : place.querySelector('[data-field="body"]')
      if (!from || !to || isRemoved !== (status === 410)) return
      if (from.innerHTML !== to.innerHTML) to.replaceChildren(...from.childNodes)
    },
    { afterMs: 0, apartMs: 0 },
  )

  return {
    changed(update) {
      if (isRemoved) return
      if (update.eventName === 'REMOVE') {
        isRemoved = true
        document.title = `${title} · Blog`
        const heading = document.createElement('h1')
        heading.textContent = title
        main.replaceChildren(heading)
        return refresh()
      }
      const { post } = update
      const article = articleOf(post.id)
      if (!article) return
      fill(article, post)
      document.title = `${post.title} · Blog`
      if (post.body === body) return
      body = post.body
      refresh()
    },
  }
}
