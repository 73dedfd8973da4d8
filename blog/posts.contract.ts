/** What the contract of `Posts` is tried on, and what its parts share. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { EventBridgeEvent, PutEventsRequestEntry } from '@busbar/event-bus'
import type { PostChange } from './events.ts'
import type { Posts } from './ports.ts'
import type { PostErrorCode } from './post.ts'

/** A stream's event, without what the bus adds to it. */
export type Told = Pick<EventBridgeEvent, 'source' | 'detail-type' | 'detail'>

/** An empty table, and all that its two streams have told so far, oldest first. */
export interface PostsUnderTest {
  readonly posts: Posts
  outbox(): Promise<readonly Told[]>
  changes(): Promise<readonly Told[]>
  close(): Promise<void>
}

/** How much a table is tried with; what is slow may be tried with less. */
export interface Sizes {
  /** Rounds of writes to the same posts, all at the same time. */
  readonly crowd: number
}

/** Makes a table that is closed with the test. `changes` are the details of what is `told`. */
export const postsTable = (make: () => Promise<PostsUnderTest>) => async (t: TestContext) => {
  const made = await make()
  t.after(() => made.close())
  const told = async () => (await made.changes()).map(unversioned)
  const changes = async () => (await told()).map(({ detail }) => detail as PostChange)
  return { ...made, changes, told }
}

/** Only some tables tell a change's version. */
function unversioned({ detail, ...rest }: Told): Told {
  const { version: _, ...change } = detail as PostChange
  return { ...rest, detail: change }
}
export type MakeTable = ReturnType<typeof postsTable>

/** No bus takes it: its detail is no JSON. */
export const noEvent: PutEventsRequestEntry = { Source: 'blog', DetailType: 'Broken', Detail: '{' }

export const refused = (code: PostErrorCode, ask: () => Promise<unknown>) =>
  assert.rejects(ask, { code })
