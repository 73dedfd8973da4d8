/** What the web side of the blog is given; `http-app.ts` is what is made of it. */
import type { Clock, EventLog } from '@busbar/event-bus'
import type { Credentials, Mailbox } from '../../ports.ts'

export interface Rate {
  /** At once. */
  readonly burst: number
  readonly perMinute: number
  /** Clients that are remembered; whoever asked longest ago makes room. */
  readonly clients: number
}

export interface HttpOptions {
  /** Runs the handler of a route of the flow, e.g. `call('POST /api/posts', { draft })`. */
  readonly call: (on: string, input: unknown) => Promise<unknown>
  /** The log of the bus that browsers are told from: its head is the cursor a page carries. */
  readonly changes: Pick<EventLog, 'head'>
  /** Null when a mail server is configured. */
  readonly mailbox: Mailbox | null
  /** Lets whoever has it write; null: there is none. */
  readonly authorToken: string | null
  /** Who may write, by address. With none and no token writing is open, which only a loopback address may be. */
  readonly authors: readonly string[]
  /** Where sessions and tokens are looked up; null: nobody can be known by them here. */
  readonly credentials: Credentials | null
  readonly clock: Pick<Clock, 'now'>
  /** Whether the last of X-Forwarded-For is who asks; no when absent. */
  readonly trustProxy?: boolean
  /** How often one client may ask for a mail; `rate-limit.ts` has its own when absent. */
  readonly rate?: Rate
  /** Values of the Host header that are answered, e.g. `['127.0.0.1:3000']`; null: any. */
  readonly hosts: readonly string[] | null
  readonly publicUrl: string
  /** Where pages watch, e.g. `wss://live.example.org`; `/ws` of where they stand when absent. */
  readonly webSocketUrl?: string | undefined
  /** The script of the pages, as browsers run it. */
  readonly script: string
  /** Where an author of this machine looks at dead letters; nowhere when absent. */
  readonly deadLetters?: string
  readonly ready: () => boolean
  /** For unexpected errors. A line never holds a body, an address or a token. */
  readonly log: (line: Record<string, unknown>) => void
}
