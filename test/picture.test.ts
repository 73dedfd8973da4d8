/** Holds the README's picture of the flow to the flow. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { draw } from '@busbar/runtime'
import { blog } from '../blog/flow.ts'

test('the README shows the flow as it is', () => {
  const [, picture] = /```mermaid\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? []
  assert.equal(picture?.trim(), draw(blog), 'paste what `npm run draw` prints')
})
