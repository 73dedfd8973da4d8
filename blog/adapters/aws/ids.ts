/**
 * Ids that a function makes by itself: UUIDs of version 7 (RFC 9562), which sort by time and, in one
 * process, in the order in which they were made.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '@busbar/event-bus'
import type { Ids } from '../../ports.ts'

export function functionIds(clock: Pick<Clock, 'now'>): Ids {
  let ms = 0
  /** 12 bits that count within a millisecond, from a random beginning in their lower half. */
  let count = 0
  return {
    next() {
      const now = clock.now().getTime()
      const random = randomBytes(10)
      if (now > ms) {
        ms = now
        count = random.readUInt16BE(8) & 0x7ff
      } else if (++count > 0xfff) {
        ms++
        count = 0
      }
      const time = ms.toString(16).padStart(12, '0')
      const rest = random.toString('hex')
      const variant = (0x8 | ((random[0] as number) & 0x3)).toString(16)
      return [
        ...[time.slice(0, 8), time.slice(8)],
        ...[`7${count.toString(16).padStart(3, '0')}`, `${variant}${rest.slice(1, 4)}`],
        rest.slice(4, 16),
      ].join('-')
    },
    token: () => randomBytes(16).toString('base64url'),
  }
}
