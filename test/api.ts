/** The blog's API as its authors use it. Whatever is not the expected answer is a failed test. */
import assert from 'node:assert/strict'
import type { Draft, Post } from '../blog/post.ts'
import { call } from './http.ts'

export interface Written {
  readonly post: Post
  readonly etag: string
}
export interface Listed {
  readonly posts: readonly Post[]
  readonly cursor: string | null
}

export const aDraft = (part: Partial<Draft> = {}): Draft => ({
  author: 'hunter s thompson',
  title: 'Title',
  body: 'Joe is going to Spain',
  topic: 'summer',
  ...part,
})

/** No page is longer, and no listing in a test has more of them. */
const pageLimit = 100
const mostPages = 1_000

export type Api = ReturnType<typeof api>

export function api(url: string) {
  const addressOf = (id: string) => `${url}/api/posts/${id}`

  async function page(topic: string | null, limit: number, cursor: string | null): Promise<Listed> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(topic !== null && { topic }),
      ...(cursor !== null && { cursor }),
    })
    const answer = await call(`${url}/api/posts?${query}`)
    assert.equal(answer.status, 200, answer.text)
    return answer.json<Listed>()
  }

  return {
    addressOf,
    page,

    async post(part: Partial<Draft> = {}): Promise<Written> {
      const answer = await call(`${url}/api/posts`, { method: 'POST', json: aDraft(part) })
      assert.equal(answer.status, 201, answer.text)
      return { post: answer.json<Post>(), etag: String(answer.headers.etag) }
    },

    async edit(id: Post['id'], changes: Partial<Draft>, ifMatch = '*'): Promise<Written> {
      const answer = await call(addressOf(id), {
        method: 'PATCH',
        json: changes,
        headers: { 'if-match': ifMatch },
      })
      assert.equal(answer.status, 200, answer.text)
      return { post: answer.json<Post>(), etag: String(answer.headers.etag) }
    },

    async remove(id: Post['id'], ifMatch = '*'): Promise<void> {
      const answer = await call(addressOf(id), {
        method: 'DELETE',
        headers: { 'if-match': ifMatch },
      })
      assert.equal(answer.status, 204, answer.text)
    },

    /** Null when there is no such post. */
    async find(id: Post['id']): Promise<Post | null> {
      const answer = await call(addressOf(id))
      if (answer.status === 404) return null
      assert.equal(answer.status, 200, answer.text)
      return answer.json<Post>()
    },

    /** Page by page; all topics when there is none. */
    async all(topic: string | null = null, limit = pageLimit): Promise<readonly Post[]> {
      const posts: Post[] = []
      let cursor: string | null = null
      for (let pages = 0; pages < mostPages; pages++) {
        const listed: Listed = await page(topic, limit, cursor)
        posts.push(...listed.posts)
        cursor = listed.cursor
        if (cursor === null) return posts
      }
      throw new Error(`The listing has more than ${mostPages} pages`)
    },
  }
}
