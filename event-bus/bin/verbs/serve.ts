/** `busbar serve`: the bus alone, in one process with one file. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { openBus } from '../bus.ts'
import { usage } from '../failure.ts'
import { address, closed, listen } from '../listen.ts'
import { type BusFlags, type BusSettings, busSettings } from '../settings.ts'

export const help = `Usage: busbar serve [--host 127.0.0.1] [--port 4010] [--data-dir ./data] [--json]

Runs the bus: EventBridge's endpoint for AWS SDKs and the AWS CLI, and its console.
The same and more by environment: BUSBAR_HOST, BUSBAR_PORT, DATA_DIR, BUSBAR_ACCESS_KEYS (id:secret, …;
a must off loopback), BUSBAR_REGION, BUSBAR_ACCOUNT, AWS_ENDPOINT_URL_SQS, _SNS, _LAMBDA (where targets'
ARNs lead), BUSBAR_ALLOW_ADDRESSES, BUSBAR_RETENTION_DAYS, BUSBAR_RETENTION_BYTES.

Example:
  busbar serve --port 4010 --data-dir ./data
`

/** How long the end waits for deliveries that are under way. Below what supervisors allow (30 s). */
const graceMs = 25_000
const option = { type: 'string' } as const

/** Resolves with the exit code when it has been asked to end and has. */
export async function serve(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { host: option, port: option, 'data-dir': option, json: { type: 'boolean' } },
  })
  const { host, port, 'data-dir': dataDir, json = false } = values
  const chosen = chosenFrom({ host, port, dataDir })
  const web = await listen('BUSBAR_PORT', chosen.host, chosen.port)
  const bus = await openBus(chosen)
  let ready = true
  const nothing = { rules: [], fanOutTargets: new Map(), pipes: new Map() }
  web.requests = await bus.start(
    { circuit: nothing, functions: new Map(), topics: new Map() },
    { port: web.port, ready: () => ready },
  )
  const url = address(chosen.host, web.port)
  process.stdout.write(
    json ? `${JSON.stringify({ url, pid: process.pid })}\n` : welcome(chosen, url),
  )
  const { promise, resolve } = Promise.withResolvers<number>()
  const stop = async () => {
    if (!ready) return
    ready = false
    await bus.close(graceMs)
    await closed(web.server, 1_000)
    resolve(0)
  }
  process.on('SIGTERM', stop)
  // Whoever presses Ctrl-C twice does not want to wait. Nothing is lost by that either.
  process.on('SIGINT', () => (ready ? void stop() : process.exit(130)))
  return promise
}

function chosenFrom(flags: BusFlags): BusSettings {
  try {
    return busSettings(flags, process.env)
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

const welcome = ({ dataDir, accessKeys, place }: BusSettings, url: string): string => `
bus      ${url}   (the endpoint for AWS SDKs, and its console)
data     ${dataDir}   (process ${process.pid}: kill -9 it and start again, nothing is lost)
${accessKeys.size > 0 ? 'Requests have to be signed with one of the BUSBAR_ACCESS_KEYS.' : 'No sign-in is needed: only this machine can reach it.'}

Paste this in another terminal:

  export AWS_ENDPOINT_URL_EVENTBRIDGE=${url} AWS_REGION=${place.region}${accessKeys.size > 0 ? '' : ' AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test'}
  aws events put-events --endpoint-url ${url} \\
    --entries '[{"Source":"shop","DetailType":"OrderPlaced","Detail":"{\\"order\\":1}"}]'

`
