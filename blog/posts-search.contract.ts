/** How posts are found by their words and by the names in them. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FoundPosts } from './ports.ts'
import type { Post } from './post.ts'
import type { MakeTable } from './posts.contract.ts'
import { anId, aPost, someEntities } from './testing.ts'

/** All that paging finds, by number; no page has more than its limit, and the paging ends. */
async function numbers(
  ask: (before: Post['id'] | undefined) => Promise<FoundPosts>,
  limit: number,
): Promise<readonly number[]> {
  const found: number[] = []
  let before: Post['id'] | undefined
  for (let pages = 0; pages < 100; pages++) {
    const { posts, cursor } = await ask(before)
    assert.ok(posts.length <= limit)
    found.push(...posts.map(({ id }) => Number.parseInt(id.slice(-12), 16)))
    if (cursor === null) return found
    before = cursor
  }
  throw new Error('The pages have no end')
}

/** No language of a database's may be heard in these. */
const hostile = [
  ...['', ' ', '"', "'", '""', "''", '*', '^', ':', ':*', '(', ')', '\\', '--', '-', '+', '&', '|'],
  ...['!', '<->', '<2>', ';', '{}', '\0', '\ud800', '\ue000', '%', '_', '@', '{words}', '|| &&'],
  ...[
    "' & '",
    '" AND "',
    "\\'",
    '\\"',
    '\n',
    '\u2028',
    '𝟘',
    'ﷺ',
    '\u0301',
    '👩‍👩‍👧',
    '한',
    'か\u3099',
  ],
]

export function searchContract(name: string, table: MakeTable): void {
  async function finding(...[t]: Parameters<MakeTable>) {
    const made = await table(t)
    const { posts } = made
    return {
      ...made,
      add: (n: number, fields: Partial<Post> = {}) =>
        posts.create(aPost({ id: anId(n), body: 'Nothing', ...fields }), []),
      search: (query: string, limit = 10) =>
        numbers((before) => posts.search({ query, before, limit }), limit),
      mentioning: (name: string, limit = 10) =>
        numbers((before) => posts.mentioning({ name, before, limit }), limit),
    }
  }

  describe(`${name}: searching posts`, () => {
    test('finds those that have all words, in title, body and entities together', async (t) => {
      const { posts, add, search } = await finding(t)
      await add(1, { title: 'Rain in Spain', body: 'It stays' })
      await add(2, { title: 'Rain', body: 'not in the plain' })
      await add(3, { title: 'Sun', body: 'over the sea' })
      await posts.enrich(anId(3), someEntities({ locations: ['Costa Brava'] }), {
        ...{ title: 'Sun', body: 'over the sea' },
      })

      assert.deepEqual(await search('rain'), [2, 1])
      assert.deepEqual(await search('plain rain'), [2])
      assert.deepEqual(await search('rain stays'), [1])
      assert.deepEqual(await search('sun costa brava'), [3])
      assert.deepEqual(await search('rain sun'), [])
    })

    test('takes the last word for a beginning too, and no other', async (t) => {
      const { add, search } = await finding(t)
      await add(1, { title: 'Barcelona at night' })
      await add(2, { title: 'Bar at noon' })
      await add(3, { title: 'A b c' })

      assert.deepEqual(await search('bar'), [2, 1])
      assert.deepEqual(await search('at barc'), [1])
      assert.deepEqual(await search('bar at'), [2])
      assert.deepEqual(await search('celona'), [])
      assert.deepEqual(await search('b'), [3], 'one letter is no beginning')
    })

    test('tells neither case nor diacritics apart, in whatever script', async (t) => {
      const { add, search } = await finding(t)
      await add(1, { title: 'Zürich, STRASSE, Ελλάδος', body: 'Łódź Ångström ﬁn' })
      await add(2, { title: 'Straße', body: 'Москва, ЙОД; 東京に行く; हिन्दी' })

      for (const query of [
        'zurich',
        'ZÜRICH',
        'zu\u0308rich',
        'ελλαδοσ',
        'lodz',
        'angstrom',
        'fin',
      ])
        assert.deepEqual(await search(query), [1], query)
      assert.deepEqual(await search('strasse'), [2, 1])
      for (const query of ['МОСКВА', '東京', '京東', 'हिन्दी', 'йод', 'иод'])
        assert.deepEqual(await search(query), [2], query)
    })

    test('is not told what to do by a query', async (t) => {
      const { posts, add, search } = await finding(t)
      await add(1, { title: 'salt and pepper' })
      await add(2, { title: 'salt not OR near' })
      await add(3, { title: 'words' })

      assert.deepEqual(await search('salt AND pepper'), [1])
      assert.deepEqual(await search('salt NOT pepper'), [])
      assert.deepEqual(await search('pepper OR salt'), [])
      assert.deepEqual(await search('salt or'), [2])
      assert.deepEqual(await search('NEAR(salt pepper, 2)'), [])
      assert.deepEqual(await search('words: salt'), [])
      assert.deepEqual(await search('"pepper salt"'), [1])
      assert.deepEqual(await search('sal* pepper'), [])
      assert.deepEqual(await search('salt & !pepper'), [1])
      for (const one of hostile)
        for (const query of [one, `salt ${one}`, `${one}salt${one}`, `'${one}`, `"${one}"`])
          await posts.search({ query, limit: 1 })
      for (const query of ['', ' ', '"', '*', '&', '👩‍👩‍👧'])
        assert.deepEqual(await search(query), [], query)
    })

    test('knows a very long word by its beginning, and very many words by the first', async (t) => {
      const { add, search } = await finding(t)
      await add(1, { body: `${'x'.repeat(40_000)} ${'𝒳'.repeat(40)}` })

      assert.deepEqual(await search('x'.repeat(40_000)), [1])
      assert.deepEqual(await search('x'.repeat(60)), [1])
      assert.deepEqual(await search(Array.from({ length: 2_000 }, (_, n) => `y${n}`).join(' ')), [])
    })

    test('finds a post as it is now', async (t) => {
      const { posts, add, search } = await finding(t)
      await add(1, { title: 'Rain', body: 'Ada stays' })
      await posts.enrich(anId(1), someEntities({ persons: ['Lovelace'] }), {
        ...{ title: 'Rain', body: 'Ada stays' },
      })
      assert.deepEqual(await search('lovelace'), [1])

      await posts.edit(anId(1), { title: 'Sun' }, 'any', () => [])
      assert.deepEqual([await search('rain'), await search('sun ada')], [[], [1]])
      assert.deepEqual(await search('lovelace'), [], 'entities go with the text')

      await posts.edit(anId(1), { topic: 'winter' }, 'any', () => [])
      assert.deepEqual(await search('sun'), [1])
      await posts.remove(anId(1), 'any')
      assert.deepEqual(await search('sun'), [])
      await add(1, { title: 'Sun again' })
      assert.deepEqual(await search('sun'), [1])
    })

    test('finds nothing of a post that was not stored', async (t) => {
      const { posts, add, search } = await finding(t)
      await add(1, { title: 'Rain' })
      await assert.rejects(add(1, { title: 'Sun' }))
      const kept = await posts.search({ query: 'rain', limit: 1 })

      await assert.rejects(
        posts.edit(anId(1), { title: 'Sun' }, 'any', () => [
          { Source: 'blog', DetailType: 'Broken', Detail: '{' },
        ]),
      )

      assert.deepEqual(await search('sun'), [])
      assert.deepEqual(await posts.search({ query: 'rain', limit: 1 }), kept)
    })

    test('gives each once, newest first, while others come and go', async (t) => {
      const { posts, add, search } = await finding(t)
      const late = 'ffffffff-ffff-7000-8000-000000000063'
      for (const n of [10, 30, 20, 50, 40, 35]) await add(n, { title: n === 35 ? 'Sun' : 'Rain' })
      await posts.create(aPost({ id: late, title: 'Rain' }), [])
      await posts.create(aPost({ id: '00000000-0000-7000-8000-000000000001', title: 'Rain' }), [])

      assert.deepEqual(await search('rain'), [99, 50, 40, 30, 20, 10, 1])
      assert.deepEqual(await search('rain', 7), [99, 50, 40, 30, 20, 10, 1])
      assert.deepEqual(await search('rain', 2), [99, 50, 40, 30, 20, 10, 1])

      const first = await posts.search({ query: 'rain', limit: 3 })
      assert.deepEqual(
        [first.posts.map(({ id }) => id), first.cursor],
        [[late, anId(50), anId(40)], anId(40)],
      )
      await add(60, { title: 'Rain' })
      await posts.remove(anId(40), 'any') // the cursor's own post
      const rest = await numbers(
        (before = first.cursor as string) => posts.search({ query: 'rain', before, limit: 2 }),
        2,
      )
      assert.deepEqual(rest, [30, 20, 10, 1])
    })

    test('gives the whole of a post', async (t) => {
      const { posts } = await finding(t)
      const post = aPost()
      await posts.create(post, [])
      await posts.enrich(post.id, someEntities(), post)

      const enriched = { ...post, entities: someEntities() }
      const page = { posts: [enriched], cursor: null }
      assert.deepEqual(await posts.search({ query: 'joe', limit: 1 }), page)
      assert.deepEqual(await posts.mentioning({ name: 'Joe', limit: 1 }), page)
    })
  })

  describe(`${name}: finding the posts that mention a name`, () => {
    const text = { title: 'Title', body: 'Nothing' }

    test('finds the whole name of any kind, in whatever case', async (t) => {
      const { posts, add, mentioning } = await finding(t)
      for (const n of [1, 2, 3, 4]) await add(n)
      const none = { locations: [], persons: [], organizations: [] }
      await posts.enrich(anId(1), { ...none, locations: ['New  \n York'] }, text)
      await posts.enrich(anId(2), { ...none, persons: ['NEW YORK', 'New York'] }, text)
      await posts.enrich(
        anId(3),
        { ...none, organizations: ['York', 'Új York', "O'Neill \\ 'x'"] },
        text,
      )

      for (const name of ['New York', 'new york', 'NEW YORK'])
        assert.deepEqual(await mentioning(name), [2, 1], name)
      assert.deepEqual(await mentioning('york'), [3])
      assert.deepEqual(await mentioning('új york'), [3])
      assert.deepEqual(await mentioning('uj york'), [], 'its letters are those of the name')
      assert.deepEqual(await mentioning("o'neill \\ 'X'"), [3])
      assert.deepEqual(await mentioning('Nothing'), [])
      for (const one of hostile) assert.deepEqual(await mentioning(one), [], JSON.stringify(one))
    })

    test('finds a post by the names that it has now', async (t) => {
      const { posts, add, mentioning } = await finding(t)
      await add(1)
      await posts.enrich(anId(1), someEntities({ persons: ['Joe', 'Ada'] }), text)
      await posts.enrich(anId(1), someEntities({ persons: ['Ada', 'Bob'] }), text)
      assert.deepEqual([await mentioning('joe'), await mentioning('bob')], [[], [1]])

      await posts.edit(anId(1), { topic: 'winter' }, 'any', () => [])
      assert.deepEqual(await mentioning('ada'), [1])
      await posts.edit(anId(1), { body: 'New' }, 'any', () => [])
      assert.deepEqual([await mentioning('ada'), await mentioning('spain')], [[], []])
      await posts.enrich(anId(1), someEntities(), { ...text, body: 'New' })
      assert.deepEqual(await mentioning('spain'), [1])
      await posts.remove(anId(1), 'any')
      assert.deepEqual(await mentioning('spain'), [])
    })

    test('gives each once, newest first, page by page', async (t) => {
      const { posts, add, mentioning } = await finding(t)
      for (const n of [10, 30, 20, 50, 40]) {
        await add(n)
        await posts.enrich(anId(n), someEntities({ persons: n === 30 ? ['Ada'] : ['Joe'] }), text)
      }

      for (const limit of [1, 2, 4, 5])
        assert.deepEqual(await mentioning('joe', limit), [50, 40, 20, 10])
    })

    test('takes a name of any length', async (t) => {
      const { posts, add, mentioning } = await finding(t)
      await add(1)
      const names = ['Ω'.repeat(200), 'ΐ'.repeat(200), 'x'.repeat(40_000)]

      await posts.enrich(anId(1), someEntities({ persons: names }), text)

      assert.deepEqual(await mentioning('ω'.repeat(200)), [1])
      assert.deepEqual(await mentioning('ΐ'.repeat(200)), [1])
    })
  })

  test(`${name}: tells a post that was removed from one that never was`, async (t) => {
    const { posts, add } = await finding(t)
    await add(1)
    await add(2)
    assert.equal(await posts.wasRemoved(anId(1)), false)
    await assert.rejects(posts.remove(anId(1), [7]))
    await assert.rejects(posts.remove(anId(3), 'any'))

    await posts.remove(anId(2), 'any')

    const were = await Promise.all([1, 2, 3].map((n) => posts.wasRemoved(anId(n))))
    assert.deepEqual(were, [false, true, false])
  })
}
