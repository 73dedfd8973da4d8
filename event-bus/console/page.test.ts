import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Status } from '../engine/status.ts'
import { aDeadLetter } from '../testing.ts'
import { page } from './page.ts'

const now = Date.parse('2026-01-01T12:00:00.000Z')
const nasty = `<script>alert("x")</script>&'`
const escaped = '&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;&#38;&#39;'

const aStatus = (fields: Partial<Status> = {}): Status => ({
  targets: [],
  waiting: [],
  deadLetters: [],
  ...fields,
})
const aTarget = {
  key: 'orders/placed/ship',
  known: true,
  paused: false,
  waiting: 3,
  underWay: 2,
  dead: 1,
}
const delivery = { target: 'orders/placed/ship', event: 1, item: '', attempts: 4 }

describe('the page', () => {
  test('says that there is none of what there is none of', () => {
    assert.equal(page(aStatus(), now).match(/None\./g)?.length, 3)
  })

  test('shows for each target what is under way, what waits and what is dead', () => {
    const html = page(aStatus({ targets: [aTarget] }), now)

    assert.match(html, /orders\/placed\/ship<\/td>\s*<td>2<\/td><td>3<\/td><td>1<\/td>/)
    assert.doesNotMatch(html, /no such target/)
  })

  test('marks a target that the flow has no more', () => {
    const html = page(aStatus({ targets: [{ ...aTarget, known: false }] }), now)

    assert.match(html, /ship <em>no such target any more<\/em>/)
  })

  test('marks a target that is paused', () => {
    const html = page(aStatus({ targets: [{ ...aTarget, paused: true }] }), now)

    assert.match(html, /ship <em>paused<\/em>/)
  })

  test('shows when a delivery is tried next, in whole seconds, and why it has failed', () => {
    const waiting = [now, now + 1, now + 60_000].map((due) => ({ ...delivery, due, error: 'Late' }))

    const html = page(aStatus({ waiting }), now)

    assert.deepEqual(html.match(/<td>(now|in \d+ s)<\/td>/g), [
      '<td>now</td>',
      '<td>in 1 s</td>',
      '<td>in 60 s</td>',
    ])
    assert.equal(html.match(/<td>Late<\/td>/g)?.length, 3)
  })

  test('shows why a dead letter was given up, and when it was tried first and last', () => {
    const times = { firstAt: now - 3_600_000, diedAt: now }
    const why = { error: 'Late', errorCode: 'TIMEOUT' } as const
    const dead = { ...aDeadLetter({ ...delivery, ...why, ...times }), id: 1 }

    const html = page(
      aStatus({
        deadLetters: [{ ...dead, exhaustedRetryCondition: 'MaximumRetryAttempts' }, dead],
      }),
      now,
    )

    const tried = '<td>2026-01-01T11:00:00.000Z</td><td>2026-01-01T12:00:00.000Z</td>'
    assert.ok(html.includes(`${tried}<td>TIMEOUT</td>`))
    assert.match(html, /<td>Late \(MaximumRetryAttempts\)<\/td>/)
    assert.match(html, /<td>Late<\/td>/)
  })

  test('shows whatever was stored as text, never as markup, and no event', () => {
    const secret = 'the whole event'
    const html = page(
      aStatus({
        targets: [{ ...aTarget, key: nasty }],
        waiting: [{ ...delivery, target: nasty, item: nasty, due: now, error: nasty }],
        deadLetters: [
          {
            ...aDeadLetter({
              ...delivery,
              target: nasty,
              item: nasty,
              text: secret,
              error: nasty,
              diedAt: now,
            }),
            id: 1,
          },
        ],
      }),
      now,
    )

    assert.equal(html.split(escaped).length - 1, 7)
    assert.doesNotMatch(html, /<script|the whole event/)
  })
})
