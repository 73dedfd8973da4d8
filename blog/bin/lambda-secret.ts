/**
 * The author's token and what links are sealed with, from Secrets Manager. One call of its API, signed as
 * the AWS SDK would: its client is larger than all else that the authorizer loads, and would be half of its
 * start.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '@busbar/event-bus'
import { signer } from '@busbar/event-bus/adapters/aws-json/signature'
import type { Token } from '@busbar/runtime/lambda-authorizer'

export interface SecretOptions {
  readonly arn: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Pick<Clock, 'now'>
  readonly pause?: (ms: number) => Promise<unknown>
}

/** As long as API Gateway keeps what the authorizer said. */
const keptMs = 5 * 60_000
const attempts = 3
const attemptMs = 3_000

/** Asked for when it is needed first, and again when it has become old. */
export function secret(options: SecretOptions): Token {
  let known: { readonly text: Promise<string>; readonly at: number } | null = null
  return () => {
    const now = options.clock.now().getTime()
    if (known && now - known.at < keptMs) return known.text
    const asked = { text: read(options), at: now }
    known = asked
    // The next request asks anew.
    asked.text.catch(() => {
      if (known === asked) known = null
    })
    return asked.text
  }
}

async function read({ arn, env, clock, pause = wait }: SecretOptions): Promise<string> {
  const region = arn.split(':')[3] ?? ''
  const url =
    env.AWS_ENDPOINT_URL_SECRETS_MANAGER ??
    env.AWS_ENDPOINT_URL ??
    `https://secretsmanager.${region}.amazonaws.com`
  const sign = signer({
    ...{ region, service: 'secretsmanager', clock },
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
  })
  const request = {
    ...{
      method: 'POST',
      url: `${url.replace(/\/+$/, '')}/`,
      body: JSON.stringify({ SecretId: arn }),
    },
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
  }
  for (let attempt = 1; ; attempt++) {
    const failure = await fetch(request.url, {
      ...{ method: 'POST', body: request.body, headers: sign(request) },
      signal: AbortSignal.timeout(attemptMs),
    }).then(textOf, (error: unknown) => new Failure('It cannot be reached', true, error))
    if (typeof failure === 'string') return failure
    if (!failure.isPassing || attempt === attempts) throw failure
    await pause(100 * 2 ** attempt)
  }
}

class Failure extends Error {
  readonly isPassing: boolean
  constructor(what: string, isPassing: boolean, cause?: unknown) {
    super(`Secrets Manager did not give the author's token: ${what}`, { cause })
    this.isPassing = isPassing
  }
}

async function textOf(answer: Response): Promise<string | Failure> {
  const { SecretString, __type } = (await answer.json().catch(() => ({}))) as {
    readonly SecretString?: unknown
    readonly __type?: unknown
  }
  if (answer.ok && typeof SecretString === 'string') return SecretString
  const isPassing = answer.status >= 500 || /Throttling/.test(String(__type))
  return new Failure(`${answer.status} ${String(__type)}`, isPassing)
}
