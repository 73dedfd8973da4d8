import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, type EventPattern, type EventPatternFor } from './index.ts'

interface PostCreated {
  source: 'blog' | 'importer'
  'detail-type': 'BlogPostCreated'
  time: Date
  detail: {
    title: string
    topic?: string
    words: number
    stars: 1 | 2 | 3
    draft: boolean
    deletedAt: string | null
    tags: string[]
    authors: readonly { name: string; address: { city: string } | string }[]
    id: string & { readonly brand: 'PostId' }
    labels: Record<string, number>
    rest: unknown
    grid: number[][]
  }
}

type PostDeleted = { source: 'blog'; 'detail-type': 'BlogPostDeleted'; detail: { reason: string } }

type Pattern = EventPatternFor<PostCreated>

interface PostPublished {
  'detail-type': 'PostPublished'
  detail: { topic: string; words: number; state?: 'new' | 'old'; tags: string[] }
}

const pattern: EventPatternFor<PostPublished> = {
  'detail-type': ['PostPublished'],
  detail: { topic: [{ prefix: 'sum' }], words: [{ numeric: ['>', 500] }], tags: ['sea'] },
}

const mistaken: EventPatternFor<PostPublished> = {
  // @ts-expect-error words is a number, and only strings have a prefix
  detail: { words: [{ prefix: '5' }] },
}

test('the pattern of PATTERNS.md matches its event, and the mistaken one never does', () => {
  const event: PostPublished = {
    'detail-type': 'PostPublished',
    detail: { topic: 'summer', words: 501, tags: ['sea'] },
  }
  assert.ok(compile(pattern)(event))
  assert.ok(!compile(mistaken)(event))
})

test('a pattern for an event takes what its fields may hold, and compiles as any pattern', () => {
  const patterns: Pattern[] = [
    { source: ['blog'], 'detail-type': ['BlogPostCreated'] },
    { source: [{ prefix: 'b' }, { 'anything-but': ['importer'] }] },
    { time: [{ prefix: '2030-' }] },
    { detail: { title: ['a', { suffix: 'b' }, { wildcard: '*' }, { 'equals-ignore-case': 'c' }] } },
    { detail: { title: [{ 'anything-but': { prefix: ['a', 'b'] } }, { exists: true }] } },
    { detail: { title: [{ prefix: { 'equals-ignore-case': 'a' } }, { cidr: '10.0.0.0/8' }] } },
    { detail: { topic: [{ exists: false }, 'a'] } },
    { detail: { words: [1, { numeric: ['>', 0, '<', 5] }, { 'anything-but': [1, 2] }] } },
    { detail: { stars: [1, 3], draft: [true, { exists: true }] } },
    { detail: { deletedAt: [null, 'a', { prefix: 'b' }] } },
    { detail: { tags: ['a', { prefix: 'b' }], grid: [{ numeric: ['=', 1] }] } },
    { detail: { authors: { name: ['a'], address: { city: ['b'] } } } },
    { detail: { authors: { address: ['b', { exists: false }] } } },
    { detail: { id: ['a'], labels: { red: [1], $or: [{ a: [1] }, { b: [2] }] } } },
    { detail: { rest: { any: [{ prefix: 'a' }], $or: [{ a: [1] }, { b: ['2'] }] } } },
    { detail: { rest: ['a', 1, null] } },
    { $or: [{ source: ['blog'] }, { detail: { $or: [{ words: [1] }, { title: ['a'] }] } }] },
  ]
  for (const pattern of patterns) assert.equal(typeof compile(pattern)({}), 'boolean')
  const untyped: readonly EventPattern[] = patterns
  assert.ok(untyped.length > 0)
})

test('a pattern for an event takes no field, value or operator that can never match it', () => {
  const patterns: Pattern[] = [
    // @ts-expect-error there is no such field
    { sauce: ['blog'] },
    // @ts-expect-error nor a nested one
    { detail: { titel: ['a'] } },
    // @ts-expect-error nor one in an array's objects
    { detail: { authors: { nam: ['a'] } } },
    // @ts-expect-error the field has no such value
    { source: ['blag'] },
    // @ts-expect-error nor is it worth excluding
    { source: [{ 'anything-but': 'blag' }] },
    // @ts-expect-error a number is no string
    { detail: { title: [1] } },
    // @ts-expect-error a string is no number
    { detail: { words: ['1'] } },
    // @ts-expect-error 4 is none of the stars
    { detail: { stars: [4] } },
    // @ts-expect-error numeric looks at numbers only
    { detail: { title: [{ numeric: ['>', 1] }] } },
    // @ts-expect-error prefix looks at strings only
    { detail: { words: [{ prefix: '1' }] } },
    // @ts-expect-error and so does its negation
    { detail: { words: [{ 'anything-but': { prefix: '1' } }] } },
    // @ts-expect-error suffix, too
    { detail: { draft: [{ suffix: 'e' }] } },
    // @ts-expect-error a boolean is no string
    { detail: { draft: ['true'] } },
    // @ts-expect-error the title is never null
    { detail: { title: [null] } },
    // @ts-expect-error an object has fields, not values
    { detail: ['a'] },
    // @ts-expect-error so it never exists either
    { detail: [{ exists: true }] },
    // @ts-expect-error a string has no fields
    { detail: { title: { length: [1] } } },
    // @ts-expect-error elements are asked for as if there were no array
    { detail: { tags: { length: [1] } } },
    // @ts-expect-error a misspelt operator
    { detail: { title: [{ prefx: 'a' }] } },
    // @ts-expect-error a range from above
    { detail: { words: [{ numeric: ['<', 5, '>', 1] }] } },
    // @ts-expect-error one alternative is none
    { $or: [{ source: ['blog'] }] },
    // @ts-expect-error within $or, too, there is no such field
    { $or: [{ source: ['blog'] }, { sauce: ['blog'] }] },
    // @ts-expect-error the dictionary holds numbers
    { detail: { labels: { red: ['1'] } } },
    // @ts-expect-error values stand in an array
    { source: 'blog' },
  ]
  for (const pattern of patterns) assert.equal(typeof pattern, 'object')
})

test('a pattern for several events takes the fields of each', () => {
  const patterns: EventPatternFor<PostCreated | PostDeleted>[] = [
    { 'detail-type': ['BlogPostCreated', 'BlogPostDeleted'] },
    { detail: { reason: ['spam'], title: [{ exists: false }] } },
    // @ts-expect-error neither has it
    { detail: { cause: ['spam'] } },
    // @ts-expect-error neither is of that type
    { 'detail-type': ['BlogPostUpdated'] },
  ]
  for (const pattern of patterns) assert.ok(compile(pattern))
})

test('an event of unknown shape takes any pattern', () => {
  const pattern: EventPatternFor<{ [field: string]: unknown }> = { a: { b: [{ prefix: 'c' }, 1] } }
  assert.ok(compile(pattern)({ a: { b: 'c' } }))
})
