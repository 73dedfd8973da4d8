import assert from 'node:assert/strict'
import { STATUS_CODES } from 'node:http'
import { test } from 'node:test'
import { titles } from './problem.ts'

test('a problem has the title that HTTP gives to its status', () => {
  for (const [status, title] of Object.entries(titles)) assert.equal(title, STATUS_CODES[status])
})
