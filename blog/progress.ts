/**
 * The way of a post through the flow: what is noted of each step of it, and what an author is told of that.
 * A reader is known by the subscription alone, and why something failed by words that hold no address.
 */
import type { Subscription } from '@busbar/event-bus'
import type { Post } from './post.ts'

/** `mailed` and `called` are one for each reader, by mail and by webhook. */
export type Step = 'mailed' | 'called' | 'recognised' | 'pushed'
/** `skipped`: there was nobody any more to tell. `failed` is tried again, what is `dead` is not. */
export type Outcome = 'done' | 'skipped' | 'failed' | 'dead'

export interface Note {
  readonly postId: Post['id']
  readonly step: Step
  /** Empty where the step is one for the whole post. */
  readonly subscriptionId: Subscription['id'] | ''
  readonly outcome: Outcome
  /** Null where nothing failed. */
  readonly reason: string | null
  /** ISO 8601. */
  readonly at: string
}
export interface Announcement {
  readonly postId: Post['id']
  /** ISO 8601, maybe of whole seconds. */
  readonly at: string
  readonly readers: { readonly email: number; readonly https: number }
}
/** How many notes of a step came to what. */
export interface StepCount {
  readonly step: Step
  readonly done: number
  readonly skipped: number
  readonly failed: number
  readonly dead: number
  /** When the last was done; null: none was. */
  readonly at: string | null
}
export interface Failure {
  readonly step: Step
  readonly outcome: 'failed' | 'dead'
  readonly attempts: number
  readonly reason: string
  readonly at: string
}
export interface Noted {
  readonly announcement: Announcement | null
  readonly counts: readonly StepCount[]
  /** The newest, at most `mostFailures`. */
  readonly failures: readonly Failure[]
}

export const mostFailures = 5
/** What is noted is forgotten behind that. */
export const keptMs = 7 * 86_400_000
/** EventBridge's retry policy: one attempt and 185 more, within a day. */
export const mostAttempts = 186
const triedForMs = 86_400_000

/** How a row stands after a note; null when it stays as it is. Attempts are those that failed. */
export function noteAfter(
  before: { readonly outcome: Outcome; readonly attempts: number } | null,
  { outcome }: Pick<Note, 'outcome'>,
): { readonly outcome: Outcome; readonly attempts: number } | null {
  const isFailure = outcome === 'failed' || outcome === 'dead'
  if (before && before.outcome !== 'failed' && before.outcome !== 'dead') return null
  const attempts = (before?.attempts ?? 0) + (isFailure ? 1 : 0)
  return { outcome: outcome === 'failed' && attempts >= mostAttempts ? 'dead' : outcome, attempts }
}

export interface Told {
  /** How many there are to be told, without those that were skipped. */
  readonly of: number
  readonly done: number
  readonly failed: number
  readonly dead: number
  readonly at: string | null
}
export interface PostProgress {
  readonly stored: string
  /** Null: not yet, or it is forgotten. */
  readonly announced: string | null
  readonly mailed: Told
  readonly called: Told
  readonly recognised: string | null
  readonly pushed: string | null
  readonly failures: readonly {
    readonly step: Step
    readonly attempts: number
    readonly reason: string
    readonly at: string
    readonly isTriedAgain: boolean
  }[]
  /** Whether nothing more is to be expected. */
  readonly isFinished: boolean
}

export function progressOf(
  { createdAt }: Pick<Post, 'createdAt'>,
  { announcement, counts, failures }: Noted,
  now: Date,
): PostProgress {
  const isTooOld = now.getTime() - Date.parse(createdAt) > triedForMs
  const ofStep = (step: Step): StepCount => {
    const none = { step, done: 0, skipped: 0, failed: 0, dead: 0, at: null }
    const count = counts.find((each) => each.step === step) ?? none
    return isTooOld ? { ...count, failed: 0, dead: count.dead + count.failed } : count
  }
  const told = (step: Step, expected = 0): Told => {
    const { done, skipped, failed, dead, at } = ofStep(step)
    // Who has come after the readers were counted is told as well.
    return { of: Math.max(expected - skipped, done + failed + dead), done, failed, dead, at }
  }
  const mailed = told('mailed', announcement?.readers.email)
  const called = told('called', announcement?.readers.https)
  const isOver = ({ of, done, dead }: Told) => done + dead >= of
  const isOnce = (step: Step) => ofStep(step).done + ofStep(step).dead > 0
  return {
    stored: createdAt,
    announced: announcement && later(announcement.at, createdAt),
    ...{ mailed, called, recognised: ofStep('recognised').at, pushed: ofStep('pushed').at },
    failures: failures.map(({ outcome, ...failure }) => ({
      ...failure,
      isTriedAgain: outcome === 'failed' && !isTooOld,
    })),
    isFinished:
      isTooOld ||
      (announcement !== null &&
        isOver(mailed) &&
        isOver(called) &&
        isOnce('recognised') &&
        isOnce('pushed')),
  }
}

const later = (one: string, other: string): string =>
  Date.parse(one) > Date.parse(other) ? new Date(one).toISOString() : other

export const forgetBefore = (at: string): string => new Date(Date.parse(at) - keptMs).toISOString()
