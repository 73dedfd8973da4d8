/**
 * Keeps an open page as the blog is: it watches what the page says it shows, from the change on
 * that the page was made after, and fills in what it is told. Without it the page still works.
 */
import type { BlogPostUpdatedFrame, Subject } from '../../frame.ts'
import { mentionKey, mentionsOf } from '../../mentions.ts'
import { connect } from './connection.ts'
import { listView } from './list-view.ts'
import { postView } from './post-view.ts'
import { searchView } from './search-view.ts'
import { type Status, status } from './status.ts'
import { topicsView } from './topics-view.ts'
import type { View } from './view.ts'

export function live(): void {
  const place = document.querySelector<HTMLElement>('[data-cursor]')
  if (!place) return
  const said = status()
  const { liveUrl } = document.documentElement.dataset
  const url = liveUrl ?? new URL('/ws', location.href.replace(/^http/, 'ws'))
  const views = viewsOf(place, said)
  const isNews = newsOf()
  said.disconnected()
  connect(url, subjectOf(place), place.dataset.cursor ?? '', {
    ...said,
    missed: reload,
    changed(update) {
      if (isNews(update)) for (const view of views) view.changed(update)
    },
  })
}

function subjectOf({ dataset: { watchTopic, watchPost } }: HTMLElement): Subject {
  if (watchTopic !== undefined) return { topic: watchTopic }
  return watchPost === undefined ? { all: true } : { postId: watchPost }
}

/** In the order in which they look at a change. */
function viewsOf(place: HTMLElement, said: Status): readonly View[] {
  const { watchTopic, watchPost, watchMention, watchSearch } = place.dataset
  if (watchPost !== undefined) return [postView(place)]
  if (watchSearch !== undefined) return [searchView(place, said)]
  if (watchTopic !== undefined) return [listView(place, ({ topic }) => topic === watchTopic, said)]
  if (watchMention === undefined) {
    const nav = document.querySelector<HTMLElement>('nav.topics')
    return [...(nav ? [topicsView(nav)] : []), listView(place, () => true, said)]
  }
  const name = mentionKey(watchMention)
  return [listView(place, (post) => mentionsOf(post).includes(name), said)]
}

const maxRemembered = 1_000

/** Whether a change is newer than what its post was shown with: one may be told twice, or out of turn. */
function newsOf(): (update: BlogPostUpdatedFrame) => boolean {
  const shown = new Map<string, string>()
  return ({ post: { id }, cursor }) => {
    if ((shown.get(id) ?? '') >= cursor) return false
    shown.delete(id)
    shown.set(id, cursor)
    for (const oldest of shown.keys()) {
      if (shown.size <= maxRemembered) break
      shown.delete(oldest)
    }
    return true
  }
}

let isLeaving = false

/** The server cannot tell what is missing, so the page is made anew, but never in a tight circle. */
function reload(): void {
  if (isLeaving) return
  isLeaving = true
  const soonest = performance.now() > 5_000 ? 0 : 5_000
  window.setTimeout(() => location.reload(), soonest + Math.random() * 1_000)
}
