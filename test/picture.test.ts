/** Holds the pictures of the flow to the flow: its five steps in the README, all of it in docs/blog.md. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { draw } from '@busbar/runtime'
import { blog } from '../blog/flow.ts'

const pictureIn = (file: string) =>
  /```mermaid\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8'))?.[1]?.trim()

test('the README shows the five steps of a post as they are', () => {
  const steps = blog.steps.slice(0, 5)
  assert.ok(steps.some((step) => step.kind === 'rule' && step.name === 'blog-post-update'))
  assert.equal(
    pictureIn('README.md'),
    draw({ ...blog, steps }),
    'paste what `npm run draw -- 5` prints',
  )
})

test('the docs show the whole flow as it is', () => {
  assert.equal(pictureIn('docs/blog.md'), draw(blog), 'paste what `npm run draw` prints')
})
