/** What a browser and this server say to each other on `/ws`: JSON, one object a frame. Pure. */
import type { BlogPostUpdatedFrame, ServerFrame, Subject } from './frame.ts'

export type { Subject } from './frame.ts'

export type Request =
  | { readonly action: 'watch'; readonly subject: Subject; readonly after: string | null }
  | { readonly action: 'unwatch'; readonly subject: Subject }
  | { readonly action: 'ping' }

export interface Fault {
  /** What is wrong, and what is expected. */
  readonly fault: string
}

/** All share one table of watches, so a topic that reads like an id, or "all", is still a topic. */
export const allKey = 'all'
export const postKey = (id: string): string => `post ${id}`
export const topicKey = (topic: string): string => `topic ${topic}`
export function keyOf(subject: Subject): string {
  if ('all' in subject) return allKey
  return 'topic' in subject ? topicKey(subject.topic) : postKey(subject.postId)
}

const example = '{"action":"watch","topic":"summer"}'
const fields = ['action', 'topic', 'postId', 'all', 'after']

/** A field that is not known is a fault too: a misspelt "after" would silently leave a gap. */
export function parse(text: string, maxName: number): Request | Fault {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return { fault: `This is not JSON. Expected is an object such as ${example}` }
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame))
    return { fault: `This is not an object. Expected is one such as ${example}` }
  const { action, topic, postId, all, after } = frame as Readonly<Record<string, unknown>>

  if (action !== 'watch' && action !== 'unwatch' && action !== 'ping')
    return { fault: `"action" has to be "watch" or "unwatch", or "ping", as in ${example}` }
  const unknown = Object.keys(frame).find((field) => !fields.includes(field))
  if (unknown !== undefined)
    return {
      fault: `Unknown field ${JSON.stringify(unknown.slice(0, maxName))}. Known are ${fields.join(', ')}`,
    }
  if (action === 'ping') return { action }
  const subject = subjectOf({ topic, postId, all }, maxName)
  if ('fault' in subject) return subject
  if (after !== undefined && typeof after !== 'string')
    return { fault: '"after" has to be a string, the cursor of an earlier frame' }

  return action === 'watch' ? { action, subject, after: after ?? null } : { action, subject }
}

function subjectOf(
  { topic, postId, all }: Readonly<Record<'topic' | 'postId' | 'all', unknown>>,
  maxName: number,
): Subject | Fault {
  if ([topic, postId, all].filter((given) => given !== undefined).length !== 1)
    return { fault: 'One of "topic", "postId" and "all" has to be there, and only one' }
  if (all !== undefined) return all === true ? { all } : { fault: '"all" has to be true' }
  const [field, name] = topic === undefined ? ['postId', postId] : ['topic', topic]
  if (typeof name !== 'string' || name === '' || name.length > maxName)
    return { fault: `"${field}" has to be a string of 1 to ${maxName} characters` }
  return topic === undefined ? { postId: name } : { topic: name }
}

const frame = (content: ServerFrame): Buffer => Buffer.from(JSON.stringify(content))

export const watching = (subject: Subject, cursor: string): Buffer =>
  frame({ type: 'watching', ...subject, cursor })

export const unwatched = (subject: Subject): Buffer => frame({ type: 'unwatched', ...subject })

/** The browser has to fetch what it shows; from `cursor` on it is told every change again. */
export const resync = (subject: Subject, cursor: string, reason: string): Buffer =>
  frame({ type: 'resync', ...subject, cursor, reason })

export const blogPostUpdated = (eventName: string, post: object, cursor: string): Buffer =>
  frame({ type: 'BlogPostUpdated', eventName, post, cursor } as BlogPostUpdatedFrame)

/** What a browser asks for to know that the connection is there: it is not shown the protocol's own pings. */
export const pong = (): Buffer => frame({ type: 'pong' })

export const error = (message: string): Buffer => frame({ type: 'error', message })
