/** The one place where the tests read the environment. */
import { env } from 'node:process'

export const settings = {
  /** Under CI nothing is skipped: what is missing there is a failure. */
  ci: Boolean(env.CI),
  /** Where Chromium is, if not where Linux distributions put it. */
  chromium: env.CHROMIUM,
  /** How often `kill.test.ts` kills the blog, and `engine-kill.test.ts` the engine. */
  kills: wholeNumber('BUSBAR_KILLS', 20),
  /** For how many seconds all goes wrong at once in `cluster-chaos.test.ts`. */
  chaosSeconds: wholeNumber('BUSBAR_CHAOS_SECONDS', 10),
  /** How often `cluster-nodes.test.ts` kills or stops a node. */
  nodeKills: wholeNumber('BUSBAR_NODE_KILLS', 2),
  /** How often `cluster-standby.test.ts` loses the machine of the database. */
  promotions: wholeNumber('BUSBAR_PROMOTIONS', 1),
  /** For how many seconds `cluster-load.test.ts` puts load on its nodes. */
  loadSeconds: wholeNumber('BUSBAR_LOAD_SECONDS', 2),
  /** How many deliveries `cluster.bench.ts` lets wait for a dead target. */
  backlog: wholeNumber('BUSBAR_BACKLOG', 200_000),
  /** How many wait for the post of `blog-crowd.test.ts`. */
  readers: wholeNumber('BUSBAR_READERS', 200),
  /** At how many moments `engine-power.test.ts` lets the power go. */
  cuts: wholeNumber('BUSBAR_CUTS', 200),
  /** For how many seconds the network of open pages is cut; after 25 they find out by themselves. */
  cutSeconds: wholeNumber('BUSBAR_CUT_SECONDS', 2),
  /** How often `engine-damage.test.ts` damages each part of the files. */
  damages: wholeNumber('BUSBAR_DAMAGES', 40),
  /** Gives the same random moments again. */
  seed: wholeNumber('BUSBAR_SEED', Date.now() % 2 ** 31),
}

/**
 * For the environment of processes that are given nothing else of ours: where Node keeps what it has compiled.
 * They start in half the time with it.
 */
export const compiled: Readonly<Record<string, string>> =
  env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE }

function wholeNumber(name: string, otherwise: number): number {
  const text = env[name]
  if (text === undefined || text === '') return otherwise
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${name} has to be a whole number, not ${text}`)
  return Number(text)
}
