/**
 * A stack that runs on this machine: AWS's services around the real bundle, wired from the synthesised template
 * alone. What is kept for a directory is found again when it is started with that directory.
 */
import { existsSync } from 'node:fs'
import { type Deployed, deploy } from './deployed.ts'
import { type HttpApi, httpApi } from './http-api.ts'
import { closeShared, openServices, type Services } from './services.ts'
import { openStack, type StackFiles } from './template.ts'
import { type WebSocketApi, webSocketApi } from './websocket-api.ts'
import { apiOf, stageOf } from './wired-apis.ts'

export interface LocalAws {
  readonly services: Services
  readonly deployed: Deployed
  /** Of the HTTP API, without a slash at the end. */
  readonly url: string
  /** Of the WebSocket API's stage. */
  readonly socketUrl: string
  /** What is under way is done, connections are told, and nothing is taken any more. */
  drain(): Promise<void>
  /** Ends functions and connections at once. */
  kill(): Promise<void>
  output(): string
}

export interface LocalAwsOptions {
  readonly files: StackFiles
  /** What stands for this stack: as long as it exists, tables and queues are kept. */
  readonly dataDir: string
  readonly port?: number
  readonly smtpUrl?: string
  /** Who sends no Authorization is taken to have sent this one, made of the secrets. */
  readonly authorization?: (secrets: ReadonlyMap<string, string>) => string
  readonly signal?: AbortSignal
}

interface Kept {
  readonly services: Services
  readonly ports: { readonly http: number; readonly webSocket: number }
  /** The end of the log. */
  output: string
  /** Connections of whose end no function was told. */
  cut: readonly object[]
}

const outputLimit = 100_000
const kept = new Map<string, Kept>()

export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { dataDir, signal } = options
  await forget((directory) => !existsSync(directory))
  const known = kept.get(dataDir)
  const http = await httpApi(options.port ?? known?.ports.http ?? 0)
  const webSocket = await webSocketApi(known?.ports.webSocket ?? 0)
  try {
    const mine = known ?? (await keep(options, http, webSocket))
    const log = (line: string) => {
      mine.output = `${mine.output}${line}\n`.slice(-outputLimit)
    }
    const { services } = mine
    const { stack } = services
    const [httpId, webSocketId] = [apiOf(stack, 'HTTP'), apiOf(stack, 'WEBSOCKET')]
    signal?.throwIfAborted()
    const deployed = deploy({
      ...{ services, log },
      http: httpId === null ? null : { logicalId: httpId, api: http },
      webSocket:
        webSocketId === null ? null : { logicalId: webSocketId, api: webSocket, cut: mine.cut },
      authorization: options.authorization?.(services.secrets) ?? null,
    })
    mine.cut = []
    let ending: Promise<void> | undefined
    const end = (how: () => Promise<unknown>): Promise<void> => {
      ending ??= how().then(() => services.queues.letVisibilityPass())
      return ending
    }
    return {
      ...{ services, deployed },
      url: `http://127.0.0.1:${http.port}`,
      socketUrl:
        webSocketId === null
          ? ''
          : `ws://127.0.0.1:${webSocket.port}/${stageOf(stack, webSocketId)}`,
      drain: () =>
        end(async () => {
          await Promise.all([http.drain(), webSocket.drain(1001)])
          await deployed.drain()
        }),
      kill: () =>
        end(async () => {
          const [cut] = await Promise.all([webSocket.close(), http.close(), deployed.kill()])
          mine.cut = cut
        }),
      output: () => `${mine.output}\n${services.buses.output()}`,
    }
  } catch (error) {
    await Promise.all([http.close(), webSocket.close()])
    throw error
  }
}

async function keep(
  { files, dataDir, smtpUrl }: LocalAwsOptions,
  http: HttpApi,
  webSocket: WebSocketApi,
): Promise<Kept> {
  const webSocketId = apiOf(openStack(files), 'WEBSOCKET')
  let early = ''
  const mine: { kept?: Kept } = {}
  const services = await openServices({
    files,
    smtpUrl: smtpUrl ?? null,
    api: (logicalId) =>
      logicalId === webSocketId
        ? `ws://127.0.0.1:${webSocket.port}`
        : `http://127.0.0.1:${http.port}`,
    log: (line) => {
      if (mine.kept) mine.kept.output = `${mine.kept.output}${line}\n`.slice(-outputLimit)
      else early += `${line}\n`
    },
  })
  mine.kept = {
    services,
    ports: { http: http.port, webSocket: webSocket.port },
    output: early,
    cut: [],
  }
  kept.set(dataDir, mine.kept)
  return mine.kept
}

async function forget(isOver: (directory: string) => boolean): Promise<void> {
  for (const [directory, { services }] of kept) {
    if (!isOver(directory)) continue
    kept.delete(directory)
    await services.close()
  }
}

/** Ends what was kept for all directories, and the servers beneath. */
export async function closeLocalAws(): Promise<void> {
  await forget(() => true)
  await closeShared()
}
