/** All pages, for readers, authors and subscribers. They call the same routes of the flow as the API. */
import { bodies } from '../../web/bodies.ts'
import type { HttpRoute } from './http-route.ts'
import type { HttpOptions } from './options.ts'
import { account } from './pages/account.ts'
import { authors } from './pages/authors.ts'
import { feeds } from './pages/feeds.ts'
import { mailboxPages } from './pages/mailbox.ts'
import { preferences } from './pages/preferences.ts'
import { progressPages } from './pages/progress.ts'
import { readers } from './pages/readers.ts'
import { signInPages } from './pages/sign-in.ts'
import { subscribers } from './pages/subscribers.ts'
import type { RateLimit } from './rate-limit.ts'

/** `limit` is for forms that have something sent to somebody, or that somebody may guess at. */
export const pages = (options: HttpOptions, limit: RateLimit): readonly HttpRoute[] => [
  ...withBodies(options, limit),
  ...signInPages(options, limit),
  ...account(options),
  ...progressPages(options),
  ...subscribers(options, limit),
  ...preferences(options, limit),
  ...mailboxPages(options),
]

/** Pages, feeds and previews show the same bodies. */
function withBodies(options: HttpOptions, limit: RateLimit): readonly HttpRoute[] {
  const bodyOf = bodies(options.publicUrl)
  return [
    ...readers(options, bodyOf),
    ...feeds(options, bodyOf),
    ...authors(options, bodyOf, limit),
  ]
}
