/**
 * A node among others: its heart beats on a connection of its own, and what it hears with each beat is who is
 * there, what was configured elsewhere and what has been left behind. There is no leader: whoever notices
 * first that a life has ended takes up what it had.
 *
 * No clock of a machine decides. A life has ended when its heart stood still for `deadMs` of the listener's own
 * time, through which that listener was heard itself: after a failure of the database, or its own, it
 * counts anew.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Others, PlanRow, SettingRow } from '../../ports.ts'
import { type Database, endLost, ignore, noteLost } from './database.ts'
import { fenced, isFenced } from './fenced.ts'
import { planRow, settingRow } from './rows.ts'

export interface Node {
  readonly epoch: number
  /** Below `mostNodes`; no other node that lives has it. */
  readonly number: number
  readonly beat: number
  readonly address: string
}

export interface Membership {
  readonly node: Pick<Node, 'epoch' | 'number'>
  /** Told of all that is heard from here on. */
  follow(others: Others): void
  /** The version of the settings that was told last, or that `recover` has read. */
  readonly version: number
  /** The settings of this version are known: all, or those after the version before. */
  knows(version: number): void
  /** Hears now what there is to hear; resolves when that has been told. */
  hear(): Promise<void>
  /** Ids are given from here on, until what is answered is called: then all of them are stored, or will never be. */
  giving(): () => void
  /** What has been left behind by those who are gone, for the caller to go on with. */
  takeUp(): Promise<readonly PlanRow[]>
  readonly nodes: readonly Node[]
  readonly deadMs: number
  /** For how long it was not heard, by this machine's own time. */
  silentMs(epoch: number): number
  /** Null while it lives. */
  readonly ended: Error | null
  /** Others have said that its life has ended. */
  end(cause: unknown): Error
  /** Leaves, and says so: nobody has to wait until it is noticed. */
  close(): Promise<void>
}

export interface MembershipOptions {
  readonly database: Database
  /** Where others reach this node; told in `nodes`. */
  readonly address?: string
  readonly beatMs?: number
  readonly deadMs?: number
}

interface Heard {
  readonly nodes: readonly (readonly [epoch: number, beat: number, number: number, string])[]
  readonly departed: boolean
  /** The highest id that any node has given or is past. */
  readonly mark: number
  readonly version: number
  readonly settings: readonly Readonly<Record<string, unknown>>[] | null
  readonly notes: readonly Readonly<Record<string, unknown>>[] | null
}

/** A note that is this old is in the store: no commit takes longer. */
const notesMs = 15_000
const daysMs = 1_800_000
/** A request for deliveries that was given up may have come to the server after that, and have had them. */
const beatsBetweenSweeps = 20
/** How long it takes leave of the others, at most; else they notice. */
const leaveMs = 2_000
const noteKey = ({ kind, name }: SettingRow): string => JSON.stringify([kind, name])

const nobody: Others = {
  settings() {},
  plans() {},
  due() {},
  nodes() {},
  ended() {},
  mark: () => 0,
}

export async function join({
  database,
  address = '',
  beatMs = 500,
  deadMs = 5_000,
}: MembershipOptions): Promise<Membership> {
  /** One connection that swallows everything does not make it dead: there is time for another. */
  const beatLimitMs = Math.min(database.answerMs, deadMs / 2)
  let client: Client | null = await database.connect()
  const { rows } = await client.query('select * from join_1($1)', [address])
  await client.query('select days_1()') // before anything is put into them
  const node = { epoch: Number(rows[0].epoch), number: Number(rows[0].number) }
  /** When each heart was heard last, by this machine's own time. */
  let heard = new Map<number, { readonly beat: number; readonly at: number }>()
  let nodes: readonly Node[] = []
  let version = 0
  /** When the log's days were looked at. */
  let daysAt = performance.now()
  /** When it was looked for what this node has in hand and does not know of. */
  let sweptAt = performance.now()
  /** When a beat last had an answer. */
  let beatAt = performance.now()
  /** What was noted lately, and has been told. */
  let notes = new Map<string, string | null>()
  const lost = new Set<number>()
  /** Plans of which no answer said whether they were taken up. */
  let unsure: readonly PlanRow[] = []
  let others = nobody
  /** What is known to be below all ids that are under way; null when none is. */
  let given: number | null = null
  let highest = 0
  let isFollowed = false
  let ended: Error | null = null
  let closed = false
  let timer: NodeJS.Timeout | null = null
  let hearing: Promise<unknown> | null = null

  async function connected(): Promise<Client> {
    if (client) return client
    const made = await database.connect()
    try {
      await endLost(made, lost)
    } catch (error) {
      void made.end().catch(ignore)
      throw error
    }
    client = made
    return made
  }

  async function ask(text: string, values: unknown[], limitMs = database.answerMs) {
    let late: NodeJS.Timeout | null = null
    const asked = await connected()
    try {
      const timeout = new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(new Error('No answer from PostgreSQL')), limitMs)
      })
      const { rows: answer } = await Promise.race([asked.query(text, values), timeout])
      return answer as Readonly<Record<string, unknown>>[]
    } catch (error) {
      if (isFenced(error)) throw end(error)
      client = null
      noteLost(asked, lost)
      void asked.end().catch(ignore)
      throw error
    } finally {
      if (late) clearTimeout(late)
    }
  }

  function end(cause: unknown): Error {
    if (ended) return ended
    ended = fenced(node.epoch, cause)
    if (timer) clearTimeout(timer)
    others.ended(ended)
    return ended
  }

  /** They are here before they are this node's: a commit whose answer is lost does not take them along. */
  async function takeUp(): Promise<readonly PlanRow[]> {
    await ask('begin', [])
    const left = await ask('select first, text from take_up_1($1)', [node.epoch])
    const plans = left.map(planRow)
    unsure = plans
    await ask('commit', [])
    unsure = []
    return plans
  }
  /** The rows are locked, so that a commit which is still under way is waited for. */
  async function findOut(): Promise<void> {
    const firsts = unsure.map(({ first }) => first)
    const rows = await ask(
      'select first, owner from plan where first = any ($1::bigint[]) for update',
      [firsts],
    )
    const mine = new Set(
      rows.flatMap(({ first, owner }) => (Number(owner) === node.epoch ? [Number(first)] : [])),
    )
    const plans = unsure.filter(({ first }) => mine.has(first))
    unsure = []
    if (plans.length > 0) others.plans(plans)
  }

  /** Each name is one node's, and only those of a node that comes or goes change hands. */
  function owns(name: string): boolean {
    let [winner, most] = [node.epoch, -1]
    for (const { epoch } of nodes) {
      const weight = hash(`${epoch} ${name}`)
      if (weight > most) [winner, most] = [epoch, weight]
    }
    return winner === node.epoch
  }

  /** Lives whose hearts stand still for too long, as far as this one can tell. */
  function still(list: Heard['nodes']): readonly (readonly [number, number])[] {
    const now = performance.now()
    const next = new Map<number, { readonly beat: number; readonly at: number }>()
    for (const [epoch, beat] of list) {
      const known = heard.get(epoch)
      next.set(epoch, known?.beat === beat ? known : { beat, at: now })
    }
    heard = next
    return list.flatMap(([epoch, beat]) =>
      epoch !== node.epoch && now - (next.get(epoch)?.at ?? now) > deadMs ? [[epoch, beat]] : [],
    )
  }

  async function beat(): Promise<void> {
    const knownBefore = version
    const since = Math.ceil(performance.now() - beatAt) + notesMs
    const values = [node.epoch, version, since, given ?? others.mark(highest)]
    const [row] = await ask('select beat_1($1, $2, $3, $4) as heard', values, beatLimitMs)
    const told = row?.heard as Heard
    highest = told.mark
    beatAt = performance.now()
    const isOther = nodes.map(({ epoch }) => epoch).join() !== told.nodes.map(([e]) => e).join()
    nodes = told.nodes.map(([epoch, heart, number, at]) => ({
      ...{ epoch, number, beat: heart, address: at },
    }))
    if (!isFollowed) return
    // This node has decided on something itself meanwhile: what is older is not told after that.
    if (told.settings && version === knownBefore) {
      version = told.version
      others.settings(told.settings.map(settingRow) as readonly SettingRow[])
    }
    const noted = (told.notes ?? []).map(settingRow)
    const news = noted.filter((each) => notes.get(noteKey(each)) !== each.text)
    notes = new Map(noted.map((each) => [noteKey(each), each.text]))
    if (news.length > 0) others.settings(news)
    if (isOther) others.nodes(owns)
    if (performance.now() - daysAt > daysMs) {
      daysAt = performance.now()
      await ask('select days_1()', [])
    }
    if (unsure.length > 0) await findOut()
    let isLeft = told.departed
    for (const [epoch, heart] of still(told.nodes)) {
      await ask('select depart_1($1, $2)', [epoch, heart])
      isLeft = true
    }
    if (isLeft) {
      const plans = await takeUp()
      if (plans.length > 0) others.plans(plans)
    }
    const due = await ask('select target, due from next_of_each_1()', [])
    others.due(due.map((each) => [String(each.target), Number(each.due)] as const))
    if (performance.now() - sweptAt > beatsBetweenSweeps * beatMs) {
      sweptAt = performance.now()
      const own = await ask(
        'select distinct target from delivery where owner = $1 and owner <> 0',
        [node.epoch],
      )
      others.due(own.map((each) => [String(each.target), 0] as const))
    }
  }

  /** One at a time uses the connection. */
  async function alone<T>(run: () => Promise<T>): Promise<T> {
    while (hearing) await hearing.catch(ignore)
    const made = run().finally(() => {
      hearing = null
    })
    hearing = made
    return made
  }
  const hear = (): Promise<void> => alone(beat)

  function schedule(): void {
    if (closed || ended) return
    timer = setTimeout(async () => {
      try {
        await hear()
      } catch {
        heard.clear() // who was not heard may have been in the same trouble
      }
      schedule()
    }, beatMs)
  }
  schedule()

  return {
    node,
    follow(who) {
      others = who
      isFollowed = true
      if (nodes.length > 0) others.nodes(owns)
    },
    get version() {
      return version
    },
    knows(now) {
      version = now
    },
    hear,
    giving() {
      given = others.mark(highest)
      return () => {
        given = null
      }
    },
    takeUp,
    get nodes() {
      return nodes
    },
    deadMs,
    silentMs(epoch) {
      const at = epoch === node.epoch ? beatAt : (heard.get(epoch)?.at ?? beatAt)
      return Math.max(0, performance.now() - at)
    },
    get ended() {
      return ended
    },
    end,
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      const leave = async () => {
        await hearing?.catch(ignore)
        if (!ended) await ask('select depart_1($1, null)', [node.epoch])
      }
      await Promise.race([leave().catch(ignore), pause(leaveMs, undefined, { ref: false })])
      await client?.end().catch(ignore)
      client = null
    },
  }
}

/** FNV-1a, stirred: names that differ in their last letter only are to fall apart, too. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d)
  sum = Math.imul(sum ^ (sum >>> 12), 0x297a2d39)
  return (sum ^ (sum >>> 15)) >>> 0
}
