import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PostPage } from '../../handlers/list-posts.ts'
import { aBlog, anId, faultsOf, summer } from './testing.ts'

async function aSearchedBlog() {
  const blog = aBlog()
  for (const title of ['Rain', 'Sun', 'Rain & wind'])
    await blog.send('POST', '/api/posts', { ...summer, title })
  const entities = { locations: ['Spain'], persons: ["O'Neill"], organizations: [] }
  for (const each of [...blog.posts.values()].slice(1))
    blog.put({ ...each, post: { ...each.post, entities } })
  const titles = async (path: string) => {
    const answer = await blog.ask(path)
    assert.equal(answer.status, 200, path)
    return ((await answer.json()) as PostPage).posts.map(({ title }) => title)
  }
  return { ...blog, titles }
}

test('posts are searched by words, whatever else stands in the query', async () => {
  const { titles } = await aSearchedBlog()
  const search = (q: string) => titles(`/api/search?${new URLSearchParams({ q })}`)
  assert.deepEqual(await search('RAIN'), ['Rain & wind', 'Rain'])
  assert.deepEqual(await search("rain' AND wi*"), [])
  assert.deepEqual(await search('" rain & wi'), ['Rain & wind'])
  assert.deepEqual(await search("o'neill"), ['Rain & wind', 'Sun'])
  assert.deepEqual(await search('%'), [])
})

test('posts are found by a name in them', async () => {
  const { titles } = await aSearchedBlog()
  assert.deepEqual(await titles('/api/mentions?name=spain'), ['Rain & wind', 'Sun'])
  assert.deepEqual(await titles('/api/mentions?name=O%27Neill&limit=1'), ['Rain & wind'])
  assert.deepEqual(await titles('/api/mentions?name=Spa'), [])
})

test('a page of what is found leads to the next, also when it is empty, and the last to none', async () => {
  const { ask } = await aSearchedBlog()
  const first = await ask('/api/search?q=rain+%26&limit=1')
  assert.equal(((await first.json()) as PostPage).cursor, anId(3))
  const next = `</api/search?q=rain+%26&limit=1&cursor=${anId(3)}>; rel="next"`
  assert.equal(first.headers.get('Link'), next)
  const last = await ask(`/api/search?q=rain+%26&limit=1&cursor=${anId(3)}`)
  assert.deepEqual(
    [last.headers.get('Link'), ((await last.json()) as PostPage).posts.length],
    [null, 1],
  )

  const short = aBlog({ call: async () => ({ posts: [], cursor: anId(7) }) })
  for (const path of ['/api/search?q=%C3%A9', '/api/mentions?name=%C3%A9']) {
    const empty = await short.ask(path)
    assert.deepEqual(await empty.json(), { posts: [], cursor: anId(7) })
    assert.equal(empty.headers.get('Link'), `<${path}&limit=20&cursor=${anId(7)}>; rel="next"`)
  }
})

test('a search for nothing, for too much or for parts of letters is refused', async () => {
  const { ask, calls } = aBlog()
  for (const [path, fault] of [
    ['/api/search', 'q is missing'],
    ['/api/search?q=', 'q is missing'],
    ['/api/search?q=+', 'q must not be empty'],
    [`/api/search?q=${'x'.repeat(201)}`, 'q must be at most 200 characters'],
    ['/api/search?q=a%00', 'q must not hold control characters or line breaks'],
    ['/api/search?q=a&q=b', 'q must be one string, not a list'],
    ['/api/search?q=a&cursor=1', 'cursor must be the cursor of a page before'],
    ['/api/search?q=a&limit=101', 'limit must be at most 100'],
    ['/api/search?q=a&query=b', 'query is not known here'],
    ['/api/mentions', 'name is missing'],
    ['/api/mentions?name=a%0Ab', 'name must not hold control characters or line breaks'],
  ] as const) {
    const answer = await ask(path)
    assert.equal(answer.status, 400, path)
    assert.deepEqual(await faultsOf(answer), [fault], path)
  }
  assert.deepEqual(calls, [])
})

test('a post that was removed is not found in the API, and its page says that it is gone', async () => {
  const { send, ask } = aBlog()
  await send('POST', '/api/posts', summer)
  await ask(`/api/posts/${anId(1)}`, { method: 'DELETE', headers: { 'If-Match': '*' } })
  for (const [path, status] of [
    [`/api/posts/${anId(1)}`, 404],
    [`/posts/${anId(1)}`, 410],
    [`/posts/${anId(2)}`, 404],
  ] as const)
    assert.equal((await ask(path)).status, status, path)
})
