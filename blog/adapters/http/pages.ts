/** All pages, for readers, authors and subscribers. They call the same routes of the flow as the API. */
import type { HttpRoute } from './http-route.ts'
import type { HttpOptions } from './options.ts'
import { authors } from './pages/authors.ts'
import { mailboxPages } from './pages/mailbox.ts'
import { readers } from './pages/readers.ts'
import { subscribers } from './pages/subscribers.ts'

export const pages = (options: HttpOptions): readonly HttpRoute[] => [
  ...readers(options),
  ...authors(options),
  ...subscribers(options),
  ...mailboxPages(options),
]
