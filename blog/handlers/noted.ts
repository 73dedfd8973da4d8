import type { Clock } from '@busbar/event-bus'
import type { Progress } from '../ports.ts'
import type { Note, Outcome } from '../progress.ts'

/**
 * Does a step, and notes what it came to; what it throws is thrown. A note that cannot be made is let go:
 * a reader had better be missing in a count than be mailed again.
 */
export async function noted(
  step: Pick<Note, 'postId' | 'step' | 'subscriptionId'>,
  work: () => Promise<Extract<Outcome, 'done' | 'skipped'>>,
  { progress, clock }: { readonly progress: Progress; readonly clock: Clock },
): Promise<void> {
  const note = (outcome: Outcome, reason: string | null = null) =>
    progress.note({ ...step, outcome, reason, at: clock.now().toISOString() }).catch(() => {})
  try {
    await note(await work())
  } catch (error) {
    await note(nameOf(error) === 'DeliveryRefused' ? 'dead' : 'failed', reasonOf(error))
    throw error
  }
}

const longestReason = 200
const nameOf = (error: unknown) => (error as { readonly name?: unknown } | null)?.name

/** The message of an error that was written here. Those of parsers and databases quote what they were given. */
function reasonOf(error: unknown): string {
  const { name, message, code } = Object(error) as Readonly<Record<string, unknown>>
  const isOurs = /^Delivery(Failed|Refused)$/.test(String(name)) || (name === 'Error' && !code)
  if (!isOurs) return /^\w{1,60}$/.exec(String(code ?? name ?? ''))?.[0] ?? 'Error'
  return String(message)
    .replaceAll(/[^\s<>"]+@[^\s<>"]+|\w+:\/\/\S+/g, '…')
    .replaceAll(/\s+/g, ' ')
    .slice(0, longestReason)
}
