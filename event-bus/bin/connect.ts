/** Where the bus is, by flag, environment and default, and with what requests to it are signed. */
import { systemClock as clock } from '../adapters/node/clock.ts'
import { type Client, client, type Sign } from './client.ts'
import { usage } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** Throws a usage failure for what is no address. */
export async function connect(
  flag: string | undefined,
  { env }: Pick<Terminal, 'env'>,
): Promise<Client> {
  const endpoint = endpointOf(flag, env)
  const accessKeyId = text(env.AWS_ACCESS_KEY_ID)
  const secretAccessKey = text(env.AWS_SECRET_ACCESS_KEY)
  if (!accessKeyId || !secretAccessKey) return client({ endpoint, sign: null })
  const region =
    text(env.AWS_REGION) ?? text(env.AWS_DEFAULT_REGION) ?? text(env.BUSBAR_REGION) ?? 'us-east-1'
  const { signer } = await import('../adapters/aws-json/signature.ts')
  const sign: Sign = signer({ accessKeyId, secretAccessKey, region, service: 'events', clock })
  return client({ endpoint, sign })
}

function endpointOf(flag: string | undefined, env: Terminal['env']): string {
  const named = [
    ['--endpoint', text(flag)],
    ['AWS_ENDPOINT_URL_EVENTBRIDGE', text(env.AWS_ENDPOINT_URL_EVENTBRIDGE)],
    ['BUSBAR_PORT', `http://127.0.0.1:${text(env.BUSBAR_PORT) ?? 4010}`],
  ] as const
  for (const [name, value] of named) {
    if (value === undefined) continue
    const url = URL.parse(value)
    if (url && /^https?:$/.test(url.protocol)) return url.origin
    throw usage(`${name} is “${value}”; it has to be an address like http://127.0.0.1:4010.`)
  }
  throw usage('Say where the bus is with --endpoint.')
}

const text = (value: string | undefined): string | undefined => value?.trim() || undefined
