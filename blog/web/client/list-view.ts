/** A list of posts by age: each is put where the server would put it, and what belongs on another page is left to that. */
import type { Post } from '../../post.ts'
import { articleOf, fill } from './article.ts'
import { keepReadingPlace } from './reading-place.ts'
import type { Status } from './status.ts'
import type { View } from './view.ts'

/** A page that stays open for days does not grow for days. */
const maxArticles = 100

export function listView(
  list: HTMLElement,
  belongs: (post: Post) => boolean,
  { arrived }: Pick<Status, 'arrived'>,
): View {
  const isNewest = list.dataset.newest !== undefined
  const older = document.querySelector<HTMLAnchorElement>('[data-older]')
  const template = document.querySelector<HTMLTemplateElement>('[data-summary]')
  const articles = () => [...list.children] as HTMLElement[]

  function insert(post: Post, isNew: boolean): void {
    const next = articles().find(({ dataset }) => (dataset.postId ?? '') < post.id) ?? null
    const isFirst = next === list.firstElementChild
    if ((isFirst && !isNewest) || (!next && older?.hidden === false)) return
    const copy = template?.content.cloneNode(true) as DocumentFragment
    const article = copy.querySelector('article') as HTMLElement
    article.dataset.postId = post.id
    fill(article, post)
    keepReadingPlace(list, () => list.insertBefore(article, next))
    if (isNew || isFirst) arrived(post.title)
    shorten()
  }

  /** Not before the reader's eyes, unless they stay there for too long. */
  function shorten(): void {
    const all = articles()
    let count = all.length
    for (const last of all.reverse()) {
      if (count <= maxArticles) break
      const isSeen = last.getBoundingClientRect().top < window.innerHeight
      if (isSeen && count <= 2 * maxArticles) break
      last.remove()
      count--
    }
    const last = list.lastElementChild as HTMLElement | null
    if (count === all.length || !last || !older) return
    older.hidden = false
    older.search = new URLSearchParams({ cursor: last.dataset.postId ?? '' }).toString()
  }

  return {
    changed(update) {
      const article = articleOf(update.post.id)
      if (update.eventName === 'REMOVE' || !belongs(update.post)) {
        if (article) keepReadingPlace(list, () => article.remove())
      } else if (article) keepReadingPlace(list, () => fill(article, update.post))
      else insert(update.post, update.eventName === 'INSERT')
    },
  }
}
