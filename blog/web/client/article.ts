/** Fills a post into the places that `post-article.ts` has made for it, as the server would. */
import { excerpt } from '../../excerpt.ts'
import type { Post } from '../../post.ts'
import { entityKinds, longDate, mentionUrl, postUrl, topicUrl } from '../shown.ts'

/** All but the body, which the server alone makes of its Markdown. */
export function fill(article: Element, post: Post): void {
  for (const place of article.querySelectorAll<HTMLElement>('[data-field]')) {
    const { field } = place.dataset
    if (field === 'title') write(place, post.title, postUrl(post.id))
    if (field === 'topic') write(place, post.topic, topicUrl(post.topic))
    if (field === 'author') write(place, post.author)
    if (field === 'excerpt') write(place, excerpt(post.body))
    if (field === 'entities') place.replaceChildren(...names(post))
    if (field === 'createdAt' && place instanceof HTMLTimeElement) {
      place.dateTime = post.createdAt
      write(place, longDate(post.createdAt))
    }
  }
}

/** Text that stays as it is keeps what a reader has selected of it. */
function write(place: HTMLElement, text: string, url?: string): void {
  if (place.textContent !== text) place.textContent = text
  if (url !== undefined && place instanceof HTMLAnchorElement) place.href = url
}

const names = ({ entities }: Post): readonly Element[] =>
  entityKinds.flatMap(([key, kind, label]) => {
    const found = entities?.[key] ?? []
    if (found.length === 0) return []
    const row = document.createElement('div')
    const term = document.createElement('dt')
    term.textContent = label
    row.append(term, ...found.map((name) => mention(name, kind)))
    return [row]
  })

function mention(name: string, kind: string): Element {
  const link = document.createElement('a')
  link.href = mentionUrl(name)
  link.textContent = name
  const item = document.createElement('dd')
  item.dataset.entity = kind
  item.append(link)
  return item
}

export const articleOf = (id: Post['id']): HTMLElement | null =>
  document.querySelector(`article[data-post-id="${CSS.escape(id)}"]`)
