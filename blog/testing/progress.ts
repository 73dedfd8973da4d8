/** The table of what the flow has done with each post, in memory. */
import type { Progress } from '../ports.ts'
import {
  type Announcement,
  type Failure,
  mostFailures,
  type Note,
  noteAfter,
  type Outcome,
  type StepCount,
} from '../progress.ts'

type Row = Note & { readonly attempts: number }

export function memoryProgress(): Progress & { readonly all: () => readonly Row[] } {
  const announcements = new Map<string, Announcement>()
  const rows = new Map<string, Row>()
  const all = () => [...rows.values()]
  return {
    all,
    async announce(announcement) {
      const { postId } = announcement
      if (!announcements.has(postId)) announcements.set(postId, announcement)
    },
    async note(note) {
      const key = JSON.stringify([note.postId, note.step, note.subscriptionId])
      const after = noteAfter(rows.get(key) ?? null, note)
      if (after) rows.set(key, { ...note, ...after })
    },
    async of(postId) {
      const own = all().filter((row) => row.postId === postId)
      const steps = [...new Set(own.map(({ step }) => step))]
      return {
        announcement: announcements.get(postId) ?? null,
        counts: steps.map((step): StepCount => {
          const of = (outcome: Outcome) =>
            own.filter((row) => row.step === step && row.outcome === outcome)
          const [done, skipped, failed, dead] = [
            ...[of('done'), of('skipped'), of('failed'), of('dead')],
          ] as [Row[], Row[], Row[], Row[]]
          return {
            ...{ step, done: done.length, skipped: skipped.length },
            ...{ failed: failed.length, dead: dead.length },
            at:
              done
                .map(({ at }) => at)
                .sort()
                .at(-1) ?? null,
          }
        }),
        failures: own
          .filter(({ outcome }) => outcome === 'failed' || outcome === 'dead')
          .sort((a, b) => (a.at < b.at ? 1 : -1))
          .slice(0, mostFailures)
          .map(({ step, outcome, attempts, reason, at }) => ({
            ...{ step, outcome: outcome as Failure['outcome'], attempts, reason: reason ?? '', at },
          })),
      }
    },
  }
}
