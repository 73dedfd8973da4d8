/**
 * What every adapter of the blog's ports has to do, said for each promise of `ports.ts`. An
 * adapter's test calls it with its own maker. Ids are UUIDs and sort by time, as the ids of posts do.
 */
import { type PostsUnderTest, postsTable, type Sizes } from './posts.contract.ts'
import { createContract } from './posts-create.contract.ts'
import { editContract } from './posts-edit.contract.ts'
import { enrichContract } from './posts-enrich.contract.ts'
import { listContract } from './posts-list.contract.ts'
import { searchContract } from './posts-search.contract.ts'

export { type CredentialsUnderTest, credentialsContract } from './credentials.contract.ts'
export { draftsContract } from './drafts.contract.ts'
export { entityRecognizerContract } from './entity-recognizer.contract.ts'
export { mailerContract } from './mailer.contract.ts'
export type { PostsUnderTest } from './posts.contract.ts'
export { progressContract } from './progress.contract.ts'

export function postsContract(
  name: string,
  make: () => Promise<PostsUnderTest>,
  sizes: Sizes = { crowd: 30 },
): void {
  const table = postsTable(make)
  createContract(name, table)
  editContract(name, table)
  enrichContract(name, table)
  listContract(name, table, sizes)
  searchContract(name, table)
}
