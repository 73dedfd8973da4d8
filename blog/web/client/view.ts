/** What a page shows of the blog, and how it takes a change. */
import type { BlogPostUpdatedFrame } from '../../frame.ts'

export interface View {
  /** Of each post only newer changes than it has been shown already. */
  changed(update: BlogPostUpdatedFrame): void
}
