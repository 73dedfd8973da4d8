/**
 * The web side with an app in memory behind it. Whatever a test asks, each answer is held to what
 * all answers promise: its headers, no trace of our code, and a status that the document knows.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { handClock } from '@busbar/event-bus/testing'
import { changePreferences } from '../../handlers/change-preferences.ts'
import { createDraft } from '../../handlers/create-draft.ts'
import { createToken } from '../../handlers/create-token.ts'
import { deleteDraft } from '../../handlers/delete-draft.ts'
import { listDrafts } from '../../handlers/list-drafts.ts'
import type { PostPage } from '../../handlers/list-posts.ts'
import { publishDraft } from '../../handlers/publish-draft.ts'
import { requestPreferences } from '../../handlers/request-preferences.ts'
import { requestSignIn } from '../../handlers/request-sign-in.ts'
import { revokeToken } from '../../handlers/revoke-token.ts'
import { saveDraft } from '../../handlers/save-draft.ts'
import { showDraft } from '../../handlers/show-draft.ts'
import { showPreferences } from '../../handlers/show-preferences.ts'
import { signIn } from '../../handlers/sign-in.ts'
import { signOut } from '../../handlers/sign-out.ts'
import { mentionKey, mentionsOf, searchedText } from '../../mentions.ts'
import type { KeptMail, Posts } from '../../ports.ts'
import { type Post, PostError, type StoredPost } from '../../post.ts'
import { progressOf } from '../../progress.ts'
import { memoryCredentials } from '../../testing/credentials.ts'
import { memoryDrafts } from '../../testing/drafts.ts'
import { memoryProgress } from '../../testing/progress.ts'
import { plainSeal } from '../../testing/services.ts'
import { memorySubscriptions } from '../../testing/subscriptions.ts'
import { holds, wantedBy } from '../../words.ts'
import { clientScript } from '../esbuild/client-script.ts'
import { type HttpOptions, httpApp } from './http-app.ts'
import type { Routes } from './routes.ts'
import { problem } from './schemas.ts'

export const summer = {
  author: 'hunter s thompson',
  title: 'Title',
  body: 'Joe is going to Spain',
  topic: 'summer',
}
/** Ids of a kind, in order: `anId(1) < anId(2)`. */
export const anId = (n: number): string =>
  `01980000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
export const aToken = 'aB3-_x7QaB3-_x7QaB3-_w'
export const aMail: KeptMail = {
  messageId: 'a.b@blog.example',
  from: 'blog@blog.example',
  to: 'reader@blog.example',
  subject: 'Please confirm',
  text: 'Hello',
  html: '<!doctype html><html><head></head><body>Hello</body></html>',
  headers: {},
  at: '2026-01-02T03:04:05.678Z',
}

const script = clientScript()

type PageAsked = { readonly limit: number; readonly cursor?: string | undefined }
type Handlers = {
  [On in keyof Routes]: (
    input: Parameters<Routes[On]>[0],
  ) => Awaited<ReturnType<Routes[On]>> | ReturnType<Routes[On]>
}

export function aBlog(given: Partial<HttpOptions> = {}) {
  const posts = new Map<string, StoredPost>()
  const removed = new Set<string>()
  const keys = new Map<string, { readonly id: string; readonly draft: string }>()
  const calls: { readonly on: string; readonly input: unknown }[] = []
  const lines: Record<string, unknown>[] = []
  let changes = 0
  const access = {
    credentials: memoryCredentials(),
    clock: handClock('2026-01-02T03:04:05.678Z'),
    seal: plainSeal(),
    ids: { next: randomUUID, token: () => randomBytes(16).toString('base64url') },
  }

  const progress = memoryProgress()
  const subscribers = { ...access, subscriptions: memorySubscriptions() }

  const guarded = (id: string, revisions: readonly number[] | 'any'): StoredPost => {
    const stored = posts.get(id)
    if (!stored) throw new PostError('PostNotFound', `There is no post ${id}`, removed.has(id))
    if (revisions !== 'any' && !revisions.includes(stored.revision))
      throw new PostError('RevisionConflict', 'The post is another by now')
    return stored
  }
  const put = (stored: StoredPost): StoredPost => {
    changes += 1
    posts.set(stored.post.id, stored)
    return stored
  }
  const pageOf = (fits: (post: Post) => boolean, { limit, cursor }: PageAsked): PostPage => {
    const found = [...posts.values()]
      .map(({ post }) => post)
      .filter((post) => fits(post) && (cursor === undefined || post.id < cursor))
      .sort((a, b) => (a.id < b.id ? 1 : -1))
    const page = found.slice(0, limit)
    return { posts: page, cursor: found.length > limit ? (page.at(-1)?.id ?? null) : null }
  }
  const drafting = {
    ...{
      drafts: memoryDrafts(),
      clock: access.clock,
      ids: { ...access.ids, next: () => anId(posts.size + 1) },
    },
    posts: {
      find: async (id: string) => posts.get(id) ?? null,
      create: async (post: Post) => put({ post, revision: 1, version: 1 }),
    } as Partial<Posts> as Posts,
  }
  const handlers: Handlers = {
    'POST /api/posts'({ draft, idempotencyKey }) {
      const known = keys.get(idempotencyKey ?? '')
      if (known && known.draft !== JSON.stringify(draft))
        throw new PostError('IdempotencyConflict', 'The key was used for another draft')
      if (known) return posts.get(known.id) as StoredPost
      const id = anId(posts.size + 1)
      if (idempotencyKey) keys.set(idempotencyKey, { id, draft: JSON.stringify(draft) })
      const post = { id, createdAt: '2026-01-02T03:04:05.678Z', ...draft }
      return put({ post, revision: 1, version: 1 })
    },
    'GET /api/posts': ({ topic, ...page }) =>
      pageOf((post) => topic === undefined || post.topic === topic, page),
    'GET /api/search'({ query, ...page }) {
      const wanted = wantedBy(query)
      return pageOf((post) => wanted !== null && holds(searchedText(post), wanted), page)
    },
    'GET /api/mentions': ({ name, ...page }) =>
      pageOf((post) => mentionsOf(post).includes(mentionKey(name)), page),
    'GET /api/posts/{id}': ({ id }) => guarded(id, 'any'),
    'PATCH /api/posts/{id}'({ id, changes, revisions }) {
      const { post, revision, version } = guarded(id, revisions)
      return put({ post: { ...post, ...changes }, revision: revision + 1, version: version + 1 })
    },
    'DELETE /api/posts/{id}'({ id, revisions }) {
      guarded(id, revisions)
      changes += 1
      posts.delete(id)
      removed.add(id)
    },
    async 'GET /api/posts/{id}/progress'({ id }) {
      const { post } = guarded(id, 'any')
      return { post, progress: progressOf(post, await progress.of(id), access.clock.now()) }
    },
    'GET /api/topics': ({ limit }) => ({
      topics: [...new Set([...posts.values()].map(({ post }) => post.topic))].slice(0, limit),
    }),
    'POST /api/drafts': (input) => createDraft(input, { ...drafting, ids: access.ids }),
    'GET /api/drafts': (input) => listDrafts(input, drafting),
    'GET /api/drafts/{id}': (input) => showDraft(input, drafting),
    'PUT /api/drafts/{id}': (input) => saveDraft(input, drafting),
    'DELETE /api/drafts/{id}': (input) => deleteDraft(input, drafting),
    'POST /api/drafts/{id}/publish': (input) => publishDraft(input, drafting),
    'POST /api/subscriptions': () => undefined,
    'GET /subscriptions/confirm/{token}': ({ token }) =>
      token === aToken
        ? {
            ...{ topic: 'summer', isNew: true, protocol: 'email', secret: null },
            preferences: 'http://blog.example/subscriptions/preferences/aGk.aGk',
          }
        : null,
    'POST /subscriptions/unsubscribe/{token}': () => undefined,
    'GET /subscriptions/preferences/{sealed}': (input) => showPreferences(input, subscribers),
    'POST /subscriptions/preferences/{sealed}': (input) => changePreferences(input, subscribers),
    'POST /subscriptions/preferences': (input) => requestPreferences(input, subscribers),
    'POST /sign-in': (input) => requestSignIn(input, access),
    'POST /sign-in/{link}': (input) => signIn(input, access),
    'POST /sign-out': (input) => signOut(input, access),
    'POST /account/tokens': (input) => createToken(input, access),
    'POST /account/tokens/revoke': (input) => revokeToken(input, access),
  }

  const options: HttpOptions = {
    async call(on, input) {
      calls.push({ on, input })
      return (handlers[on as keyof Routes] as (input: unknown) => unknown)(input)
    },
    changes: { head: async () => `cursor-${changes}` },
    mailbox: null,
    authorToken: null,
    authors: [],
    credentials: access.credentials,
    clock: access.clock,
    hosts: null,
    publicUrl: 'http://blog.example',
    script,
    ready: () => true,
    log: (line) => lines.push(line),
    ...given,
  }
  const app = httpApp(options)

  /** Asks, and checks what every answer promises. */
  async function ask(
    path: string,
    init: RequestInit & { readonly duplex?: 'half' } = {},
  ): Promise<Response> {
    const answer = await app.request(path, init)
    const { status, headers } = answer
    assert.match(headers.get('Content-Security-Policy') ?? '', /default-src 'none'/)
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff')
    assert.ok(headers.get('Cache-Control'), 'says whether it may be kept')
    const text = await answer.clone().text()
    assert.doesNotMatch(text, /\n\s+at |\.ts:\d|node:internal|node_modules/)
    if (path.startsWith('/api/') && status >= 400) {
      assert.equal(headers.get('Content-Type'), 'application/problem+json')
      assert.equal(problem.parse(JSON.parse(text)).status, status)
    }
    return answer
  }
  /** Sends JSON; what is no string is made JSON of. */
  const send = (method: string, path: string, body: unknown, headers: HeadersInit = {}) =>
    ask(path, {
      method,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    })
  const sendForm = (path: string, fields: Record<string, string>, headers: HeadersInit = {}) =>
    ask(path, { method: 'POST', body: new URLSearchParams(fields), headers })

  const { subscriptions } = subscribers
  return {
    ask,
    send,
    sendForm,
    access,
    subscriptions,
    progress,
    drafts: drafting.drafts,
    posts,
    put,
    calls,
    lines,
    app,
  }
}

/** The faults of an answer, as `field message`. */
export async function faultsOf(answer: Response): Promise<readonly string[]> {
  const { errors = [] } = problem.parse(await answer.json())
  return errors.map(({ field, message }) => `${field} ${message}`)
}
