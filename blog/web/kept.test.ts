import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aPost, someEntities } from '../testing.ts'
import { bodies } from './bodies.ts'
import { isSamePost, kept } from './kept.ts'

type Body = { readonly id: string; readonly body: string }
function counted(most?: number) {
  const made: string[] = []
  const make = ({ body }: Body) => {
    made.push(body)
    return `<${body}>`
  }
  return { made, ask: kept(make, (a, b) => a.body === b.body, most) }
}

test('it is made again when the post is another, and not before', () => {
  const { made, ask } = counted()
  for (const [id, body] of ['a1', 'b1', 'a1', 'a2', 'b1', 'a2'].map((text) => [...text]))
    assert.equal(ask({ id: id as string, body: body as string }), `<${body}>`)
  assert.deepEqual(made, ['1', '1', '2'])
})

test('what was not asked for longest makes room, and what is larger than that is not kept', () => {
  const { made, ask } = counted(24)
  const [a, b, c, large] = ['aaaaa', 'bbbbb', 'ccccc', 'l'.repeat(20)].map((body) => ({
    id: body,
    body,
  }))
  for (const each of [a, b, a, c, a, b, large, b]) ask(each as Body)
  assert.deepEqual(made, ['aaaaa', 'bbbbb', 'ccccc', 'bbbbb', 'l'.repeat(20)])
})

test('a change of any field is a change', () => {
  const post = aPost({ entities: someEntities() })
  assert.ok(isSamePost(post, structuredClone(post)))
  for (const field of ['title', 'body', 'author', 'topic', 'createdAt'] as const)
    assert.ok(!isSamePost(post, { ...post, [field]: 'x' }), field)
  assert.ok(!isSamePost(post, aPost()))
  assert.ok(!isSamePost(post, { ...post, entities: someEntities({ persons: [] }) }))
})

test('a body is Markdown', async () => {
  const bodyOf = bodies('https://blog.example')
  const html = await bodyOf({ id: anId(1), body: '*one* <b>' })
  assert.equal(String(html).trim(), '<p><em>one</em> &lt;b&gt;</p>')
})
