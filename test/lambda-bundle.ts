/** The bundle of the functions on AWS in a folder of its own, and processes that start from it. */
import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundle } from '../blog/bin/lambda-bundle.ts'

export interface Start {
  /** From the import of the bundle to the handler that is made. */
  readonly ms: number
  /** What that was to the processor, on however many cores. */
  readonly cpuMs: number
  /** The packages that are in the files that were loaded, and our own files. */
  readonly inputs: ReadonlySet<string>
  readonly answer: unknown
}

export interface LambdaBundle {
  /** Of all files. */
  readonly bytes: number
  /** All that is in it, as `Start` has it. */
  readonly inputs: ReadonlySet<string>
  /** Rejects with what the process said when it does not start. */
  start(
    env: Readonly<Record<string, string>>,
    how?: { readonly traced?: boolean; readonly request?: object },
  ): Promise<Start>
  remove(): void
}

const child = fileURLToPath(new URL('lambda-start.mjs', import.meta.url))
const run = promisify(execFile)

export function lambdaBundle(): LambdaBundle {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-lambda-'))
  const { outputs } = bundle(folder)
  const contents = new Map(
    Object.entries(outputs).map(([file, { inputs }]) => {
      const within = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      return [file.split('/').at(-1) as string, within.map(([input]) => nameOf(input))]
    }),
  )
  const files = globSync('**/*', { cwd: folder }).map((name) => statSync(join(folder, name)))
  return {
    bytes: files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0),
    inputs: new Set([...contents.values()].flat()),
    async start(env, { traced = false, request } = {}) {
      const file = join(folder, 'blog/bin/lambda.mjs')
      const more = request ? [JSON.stringify(request)] : []
      const { stdout } = await run(
        execPath,
        [child, file, traced ? 'traced' : 'untraced', ...more],
        { env: { ...env } },
      )
      const { loaded, ...said } = JSON.parse(stdout.split('\n').at(-1) ?? '') as Start & {
        readonly loaded: readonly string[]
      }
      const names = loaded.map((url) => url.split('/').at(-1) as string)
      return { ...said, inputs: new Set(names.flatMap((name) => contents.get(name) ?? [])) }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const nameOf = (input: string): string =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? input

/** What the template gives to one function or another, and what Lambda gives to each. */
export const environment = {
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'a-secret' },
  // Nobody listens there: a start that asks for anything fails.
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  ...{
    TABLE_POSTS: 'blog-posts',
    TABLE_DRAFTS: 'blog-drafts',
    TABLE_SUBSCRIPTIONS: 'blog-subscriptions',
    TABLE_PROGRESS: 'blog-progress',
  },
  TABLE_CREDENTIALS: 'blog-credentials',
  ...{ QUEUE_URL: 'http://127.0.0.1:1/own', DLQ_URL: 'http://127.0.0.1:1/dead' },
  QUEUE_URL_EMAIL_SUBSCRIBER: 'http://127.0.0.1:1/email-subscriber',
  ...{ PUBLIC_URL: 'https://blog.test', MAIL_FROM: 'Blog <blog@blog.test>' },
  ...{ CONNECTIONS_TABLE: 'blog-connections', WEBSOCKET_ENDPOINT: 'https://ws.blog.test/live' },
  WEBSOCKET_URL: 'wss://ws.blog.test/live',
  AUTHOR_TOKEN_SECRET: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:author-token-aBcDeF',
  SEAL_SECRET: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:seal-aBcDeF',
}
