import assert from 'node:assert/strict'
import { STATUS_CODES } from 'node:http'
import { test } from 'node:test'
import { refusalOf, titles } from './problem.ts'

test('a problem has the title that HTTP gives to its status', () => {
  for (const [status, title] of Object.entries(titles)) assert.equal(title, STATUS_CODES[status])
})

test('what may be stored is not said not to be', () => {
  const said = (more: object) => refusalOf({ code: 'InternalException', message: '', ...more })
  const [sure, unsure] = [said({}), said({ mayBeStored: true })]

  assert.match(`${sure?.status} ${sure?.detail}`, /^503 Nothing was stored/)
  assert.match(
    `${unsure?.status} ${unsure?.detail}`,
    /^503 It is not known whether this was stored/,
  )
})
