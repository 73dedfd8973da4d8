/**
 * The rules and targets of the fault tests: quick, slow, failing sometimes, refusing sometimes, never
 * succeeding, and one that fans out in parts. What each has done it says before it returns.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Rule } from '../../event-bus/rule.ts'
import { type Invocation, type Target, targetDefaults } from '../../event-bus/target.ts'
import type { Order } from './orders.ts'

/** Key of the target and item, number and id of the event. */
export type Receive = (what: string, n: number, id: string) => void

export interface Circuit {
  readonly rules: readonly Rule[]
  readonly fanOutTargets: ReadonlyMap<string, Target>
}

/** Readers that are told in one commit. */
const part = 2

/**
 * `haste` leaves out what only takes time or goes well at the next attempt; with `isMailDown` each mail
 * fails and waits to be tried again.
 */
export function circuit(receive: Receive, { haste = false, isMailDown = false } = {}): Circuit {
  const orderOf = ({ event }: Invocation) => event.detail as Order
  const target = (
    key: string,
    prepare: (order: Order, invocation: Invocation) => Promise<void> | void,
    more: Partial<Target> = {},
  ): Target => ({
    id: key.split('/').at(-1) as string,
    ...targetDefaults,
    ...more,
    async invoke(invocation) {
      const { event, item } = invocation
      const order = orderOf(invocation)
      await prepare(order, invocation)
      const told = [key, item, event['replay-name'] ?? ''].filter((part) => part !== '')
      receive(told.join(' '), order.n, event.id)
      return undefined
    },
  })
  const rarely = () => !haste && Math.random() < 0.2
  const slow = async () => {
    if (!haste) await pause(Math.random() * 50)
  }

  const book = target('orders/all/book', () => {})
  const weigh = target('orders/large/weigh', slow, { concurrency: 100 })
  const drive = target(
    'orders/express/drive',
    () => {
      if (rarely()) throw new Error('The lorry is broken')
    },
    { concurrency: 50 },
  )
  const wrap = target(
    'orders/gift/wrap',
    async ({ n }) => {
      if (rarely()) await slow()
      if (n % 3 === 0) throw refusal()
    },
    { concurrency: 50 },
  )
  const mend = target(
    'orders/hopeless/mend',
    () => {
      throw new Error('It cannot be mended')
    },
    { retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 86_400 } },
  )
  const collect = target(
    'orders/again/collect',
    async () => {
      if (rarely()) await slow()
      if (rarely()) throw new Error('The shelf is full')
    },
    { concurrency: 50 },
  )
  const count = target('stock/all/count', () => {})
  const mail = target(
    'readers/mail',
    async () => {
      if (isMailDown || rarely()) throw new Error('The mail server is away')
      if (rarely()) await slow()
    },
    { concurrency: 100 },
  )
  const tell: Target = {
    id: 'tell',
    ...targetDefaults,
    async invoke(invocation) {
      if (rarely()) throw new Error('The list of readers is away')
      const from = Number(invocation.progress ?? 0)
      const { readers = 0 } = orderOf(invocation)
      const to = Math.min(readers, from + part)
      const deliveries = Array.from({ length: to - from }, (_, index) => ({
        target: 'readers/mail',
        item: `reader-${from + index}`,
      }))
      return to < readers ? { deliveries, progress: String(to) } : { deliveries }
    },
  }

  const rule = (name: string, eventPattern: Rule['eventPattern'], ...targets: Target[]): Rule => ({
    bus: 'orders',
    name,
    eventPattern,
    targets,
  })
  return {
    rules: [
      rule('all', { source: ['shop'] }, book),
      rule(
        'large',
        { detail: { amount: [{ numeric: ['>=', 50] }], kind: [{ 'anything-but': ['bulk'] }] } },
        weigh,
      ),
      rule('express', { detail: { kind: ['express'] } }, drive),
      rule('gift', { detail: { kind: [{ prefix: 'gi' }] } }, wrap),
      rule('hopeless', { detail: { isHopeless: [true] } }, mend),
      rule(
        'again',
        { 'replay-name': [{ exists: true }], detail: { kind: [{ exists: true }] } },
        collect,
      ),
      rule('told', { detail: { readers: [{ exists: true }] } }, tell),
      { ...rule('all', { 'detail-type': ['OrderPlaced'] }, count), bus: 'stock' },
    ],
    fanOutTargets: new Map([['readers/mail', mail]]),
  }
}

/** Known by its name, as a handler's is that came from elsewhere. */
function refusal(): Error {
  const error = new Error('It is not a gift')
  error.name = 'DeliveryRefused'
  return error
}
