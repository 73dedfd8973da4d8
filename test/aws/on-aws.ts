/** The blog on the local AWS, for the suite that holds wherever it runs. */
import type { Start } from '../running.ts'
import { type LocalAws, startLocalAws } from './local-aws.ts'
import { beneath } from './services.ts'
import { blogStack } from './synth.ts'

/** Where each blog that was started runs, for tests that look behind it. */
export const running = new WeakMap<object, LocalAws>()

/** Everybody is an author, for the suite writes without a token; `strangers` have to have it. */
export const startOnAws =
  (visitors: 'authors' | 'strangers' = 'authors'): Start =>
  async (options) => {
    const startedAt = performance.now()
    const [files] = await Promise.all([blogStack(), beneath()])
    const aws = await startLocalAws({
      ...{ ...options, files },
      ...(visitors === 'authors' && { authorization: (secrets) => `Bearer ${tokenIn(secrets)}` }),
    })
    const blog = {
      ...{ url: aws.url, socketUrl: aws.socketUrl, busUrl: aws.services.buses.url },
      ...{ dataDir: options.dataDir, readyAfterMs: performance.now() - startedAt },
      authorToken: tokenIn(aws.services.secrets),
      // A deployment asks nobody to end: what is under way is done, and new functions take over.
      async stop() {
        await aws.drain()
        return 0
      },
      kill: aws.kill,
      output: aws.output,
    }
    running.set(blog, aws)
    return blog
  }

/** The author's token; the other secret seals links. */
export const tokenIn = (secrets: ReadonlyMap<string, string>): string =>
  [...secrets].find(([arn]) => /author-?token/i.test(arn))?.[1] ?? ''
