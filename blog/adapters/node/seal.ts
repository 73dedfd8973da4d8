/** Seals by HMAC-SHA256, with a key for each purpose, so that what was made for one is nothing to another. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Seal } from '../../ports.ts'

/** `secret` is asked for each time: whoever keeps it may know it longer, or change it. */
export function hmacSeal(secret: () => string | Promise<string>): Seal {
  const mac = async (purpose: string, text: string): Promise<Buffer> => {
    const key = createHmac('sha256', await secret())
      .update(purpose)
      .digest()
    return createHmac('sha256', key).update(text).digest()
  }
  return {
    async seal(purpose, text) {
      const mark = await mac(purpose, text)
      return `${Buffer.from(text).toString('base64url')}.${mark.toString('base64url')}`
    },
    async open(purpose, sealed) {
      const [encoded = '', mark = '', ...rest] = sealed.split('.')
      const text = Buffer.from(encoded, 'base64url').toString()
      const wanted = await mac(purpose, text)
      const given = Buffer.from(mark, 'base64url')
      const isOurs = given.length === wanted.length && timingSafeEqual(given, wanted)
      // Another spelling of the same bytes is none of ours: a link has one form.
      return isOurs && rest.length === 0 && sealed === (await this.seal(purpose, text))
        ? text
        : null
    },
    key: async (purpose, text) => (await mac(`key ${purpose}`, text)).toString('base64'),
  }
}
