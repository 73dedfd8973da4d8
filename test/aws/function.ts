/**
 * A Lambda function: processes with the real bundle and the environment of the template, which take one event
 * at a time, live on for the next one, and are ended when they take too long.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { within } from '../within.ts'

const host = fileURLToPath(new URL('function-host.mjs', import.meta.url))
/** Lambda's: how long a function may take to load. */
const initMs = 10_000
/** Who waits longer than these for a process is refused, as Lambda throttles. */
const mostWaiting = 1_000

/** What still runs when the tests end by an exception or a signal ends with them. */
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

export interface FunctionOptions {
  readonly name: string
  readonly arn: string
  /** The module and its export. */
  readonly file: string
  readonly handler: string
  readonly timeoutMs: number
  /** Nothing of our own environment comes along. */
  readonly env: Readonly<Record<string, string>>
  /** Processes at the same time. */
  readonly concurrency: number
  readonly log: (line: string) => void
}

/** What a handler threw, or what became of its process. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError'
  readonly errorType: string
  constructor(errorType: string, message: string, options?: ErrorOptions) {
    super(`${errorType}: ${message}`, options)
    this.errorType = errorType
  }
}

export interface LambdaFunction {
  readonly name: string
  readonly arn: string
  /** Its answer, as JSON brings it. Rejects with a `FunctionError`. */
  invoke(event: object): Promise<unknown>
  /** Of the processes that live now. */
  pids(): readonly number[]
  /** How many processes were started, and the longest time that one took to load. */
  readonly starts: { count: number; longestMs: number }
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
  /** Ends all of its processes at once; what is under way or waits fails. */
  kill(): Promise<void>
}

interface Instance {
  readonly child: ChildProcess
  readonly loaded: Promise<void>
  readonly ended: Promise<Ended>
  isBusy: boolean
}

export function lambdaFunction(options: FunctionOptions): LambdaFunction {
  const { name, arn, file, handler, timeoutMs, env, concurrency, log } = options
  const instances = new Set<Instance>()
  const waiting: {
    readonly take: (instance: Instance) => void
    readonly refuse: (error: Error) => void
  }[] = []
  const starts = { count: 0, longestMs: 0 }
  let isKilled = false
  let underWay = 0
  const idle = new Set<() => void>()

  function start(): Instance {
    const startedAt = performance.now()
    const child = fork(host, [file, handler], {
      env: { ...env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    })
    child.on('error', () => {}) // it was ended while something was said to it; 'exit' tells
    alive.add(child)
    starts.count++
    for (const stream of [child.stdout, child.stderr])
      lines(stream, (line) => log(`${name}: ${line}`))
    // Not node:events' once: that would be rejected by 'error', too.
    const end = Promise.withResolvers<Ended>()
    const spoke = Promise.withResolvers<Answered>()
    child.once('exit', (code, signal) => end.resolve({ how: signal ?? code }))
    child.once('message', spoke.resolve)
    const ended = end.promise
    ended.then(() => {
      alive.delete(child)
      instances.delete(instance)
    })
    const first = spoke.promise.then((message) => {
      if (message.failed)
        throw new FunctionError('Runtime.ImportModuleError', message.failed.trace.join('\n'))
      starts.longestMs = Math.max(starts.longestMs, performance.now() - startedAt)
    })
    const gone = ended.then(({ how }): never => {
      throw new FunctionError('Runtime.ExitError', `Runtime exited with ${how} while it loaded`)
    })
    const loaded = within(initMs, `${name} to load`, Promise.race([first, gone]))
    for (const promise of [first, gone, loaded]) promise.catch(() => {})
    const instance: Instance = { child, loaded, ended, isBusy: true }
    instances.add(instance)
    return instance
  }

  function free(): Promise<Instance> {
    if (isKilled) return Promise.reject(new FunctionError('ResourceNotFound', `${name} was ended`))
    const idle = [...instances].find(({ isBusy, child }) => !isBusy && child.connected)
    if (idle) {
      idle.isBusy = true
      return Promise.resolve(idle)
    }
    if (instances.size < concurrency) return Promise.resolve(start())
    if (waiting.length >= mostWaiting)
      return Promise.reject(new FunctionError('TooManyRequestsException', 'Rate exceeded'))
    const { promise, resolve, reject } = Promise.withResolvers<Instance>()
    waiting.push({ take: resolve, refuse: reject })
    return promise
  }

  /** Gives a process that has done its work, or a new one in the place of one that is gone, to who waits. */
  function next(instance: Instance): void {
    instance.isBusy = false
    if (isKilled) return
    const first = waiting.shift()
    if (first) free().then(first.take, first.refuse)
  }

  async function run(instance: Instance, event: object): Promise<unknown> {
    const { child, loaded, ended } = instance
    try {
      await loaded
    } catch (error) {
      child.kill('SIGKILL')
      await ended
      throw error
    }
    const id = randomUUID()
    const answered = Promise.withResolvers<Answered>()
    const listen = (message: Answered) => {
      if (message.id === id) answered.resolve(message)
    }
    child.on('message', listen)
    const deadline = Date.now() + timeoutMs
    const context = {
      ...{
        awsRequestId: id,
        functionName: name,
        invokedFunctionArn: arn,
        functionVersion: '$LATEST',
      },
      ...{
        memoryLimitInMB: '512',
        logGroupName: `/aws/lambda/${name}`,
        logStreamName: String(child.pid),
      },
    }
    const gone = ended.then(({ how }): never => {
      throw new FunctionError('Runtime.ExitError', `Runtime exited with ${how}`)
    })
    gone.catch(() => {})
    try {
      child.send({ id, event, context, deadline })
      const { answer, failed } = await within(
        timeoutMs,
        name,
        Promise.race([answered.promise, gone]),
      )
      if (failed)
        throw new FunctionError(failed.errorType, failed.errorMessage, { cause: failed.trace })
      return JSON.parse(answer ?? 'null')
    } catch (error) {
      if (error instanceof FunctionError) throw error
      child.kill('SIGKILL')
      await ended
      throw new FunctionError(
        'Sandbox.Timedout',
        `Task timed out after ${timeoutMs / 1_000} seconds`,
        { cause: error },
      )
    } finally {
      child.off('message', listen)
    }
  }

  return {
    name,
    arn,
    starts,
    async invoke(event) {
      underWay++
      try {
        const instance = await free()
        try {
          return await run(instance, event)
        } finally {
          if (!instance.child.connected) await instance.ended
          next(instance)
        }
      } catch (error) {
        const { cause } = error as Error
        log(
          `${name}: failed with ${(error as Error).message}${Array.isArray(cause) ? `\n${cause.join('\n')}` : ''}`,
        )
        throw error
      } finally {
        underWay--
        if (underWay === 0) for (const tell of idle) tell()
      }
    },
    pids: () => [...instances].flatMap(({ child: { pid } }) => pid ?? []),
    async idle() {
      if (underWay === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      idle.add(resolve)
      await promise
      idle.delete(resolve)
    },
    async kill() {
      isKilled = true
      for (const { refuse } of waiting.splice(0))
        refuse(new FunctionError('ResourceNotFound', `${name} was ended`))
      const all = [...instances]
      for (const { child } of all) child.kill('SIGKILL')
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

interface Ended {
  /** A signal, or an exit code. */
  readonly how: string | number | null
}
interface Answered {
  readonly id?: string
  readonly answer?: string
  readonly failed?: Failed
}
interface Failed {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

function lines(stream: NodeJS.ReadableStream | null, tell: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => {
    const [last = '', ...whole] = (rest + text).split('\n').toReversed()
    rest = last
    for (const line of whole.toReversed()) tell(line)
  })
}
