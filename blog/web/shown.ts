/** What the server's pages and their script say in the same words. Pure: the script has it in its bundle. */
import type { Post, PostEntities } from '../post.ts'

export const postUrl = (id: Post['id']): string => `/posts/${encodeURIComponent(id)}`
export const topicUrl = (topic: string): string => `/topics/${encodeURIComponent(topic)}`
export const mentionUrl = (name: string): string => `/mentions/${encodeURIComponent(name)}`

const dates = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
})
export const longDate = (iso: string): string => `${dates.format(new Date(iso))} UTC`

/** In which order names stand beside a post, and what they are called. */
export const entityKinds: readonly (readonly [keyof PostEntities, string, string])[] = [
  ['persons', 'person', 'People'],
  ['locations', 'location', 'Places'],
  ['organizations', 'organization', 'Organisations'],
]

/** Of those that have posts, the newest are named on the home page. */
export const topicsShown = 20
