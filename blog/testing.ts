/**
 * What the blog's tests need often: builders with every field filled in, and each port in memory,
 * which keeps what it was asked for a test to look at. The tables pass the contracts that the
 * real ones pass (`testing.test.ts`), so what holds with them holds with SQLite.
 */
import { handClock } from '@busbar/event-bus/testing'
import type { Implementations } from '@busbar/runtime'
import type { blog } from './flow.ts'
import { links } from './links.ts'
import { memoryCredentials } from './testing/credentials.ts'
import { memoryDrafts } from './testing/drafts.ts'
import { memoryPosts } from './testing/posts.ts'
import { memoryProgress } from './testing/progress.ts'
import {
  countedIds,
  memoryConnections,
  memoryHttp,
  memoryMailer,
  plainSeal,
  wordRecognizer,
} from './testing/services.ts'
import { memorySubscriptions } from './testing/subscriptions.ts'
import { renderer } from './web/renderer.ts'

export * from './testing/builders.ts'
export * from './testing/credentials.ts'
export * from './testing/drafts.ts'
export * from './testing/posts.ts'
export * from './testing/progress.ts'
export * from './testing/services.ts'
export * from './testing/subscriptions.ts'
export { fillable } from './testing/taken.ts'

/** All that the blog's flow asks for, in memory. */
export const blogPorts = () =>
  ({
    posts: memoryPosts(),
    drafts: memoryDrafts(),
    subscriptions: memorySubscriptions(),
    credentials: memoryCredentials(),
    progress: memoryProgress(),
    mailer: memoryMailer(),
    http: memoryHttp(),
    recognizer: wordRecognizer({ Joe: 'PERSON', Spain: 'LOCATION' }),
    connections: memoryConnections(),
    renderer: renderer('https://blog.test'),
    links: links('https://blog.test'),
    seal: plainSeal(),
    ids: countedIds(),
    clock: handClock(),
  }) satisfies Implementations<(typeof blog)['ports']>
