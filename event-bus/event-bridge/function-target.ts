/** A function of this process as the target of rules that are put: EventBridge's Lambda function. */
import { DeliveryRefused } from '../errors.ts'
import type { EventBridgeEvent } from '../event.ts'
import type { Batch, Invocation, Target } from '../target.ts'

export interface FunctionTarget {
  /**
   * Called with what the target's input made of the event, parsed; with the event when it has none.
   * Resolves when it has done its part; throws to be tried again: `DeliveryFailed` to say when,
   * `DeliveryRefused` not to be.
   */
  invoke(input: unknown, invocation: Invocation): Promise<unknown>
  /**
   * Called instead for a target with a BatchSize. Resolves with the failures, by their place in
   * `inputs`; all others are done. Such a target is refused when this is absent.
   */
  invokeBatch?(
    inputs: readonly unknown[],
    invocations: readonly Invocation[],
  ): Promise<ReadonlyMap<number, unknown>>
  readonly timeoutMs?: number
}

/** What the target's input makes of an event; undefined when it has none. */
export type SentFor = ((invocation: Invocation) => string) | undefined

/** `batch` is as the target's parameters say. */
export function functionTarget(
  called: FunctionTarget,
  sent: SentFor,
  batch: Pick<Batch, 'size' | 'windowMs'> | undefined,
): Pick<Target, 'invoke'> & Partial<Pick<Target, 'batch' | 'timeoutMs'>> {
  const inputOf = (invocation: Invocation): unknown =>
    sent ? parsed(sent(invocation)) : invocation.event

  async function invokeAll(invocations: readonly Invocation[]) {
    const refused = new Map<number, unknown>()
    const inputs: unknown[] = []
    /** Where the inputs stand among the invocations: what has no input is not sent. */
    const places: number[] = []
    invocations.forEach((invocation, place) => {
      try {
        inputs.push(inputOf(invocation))
        places.push(place)
      } catch (error) {
        refused.set(place, error)
      }
    })
    if (inputs.length === 0) return refused
    const taken = places.map((place) => invocations[place] as Invocation)
    let failures: ReadonlyMap<number, unknown> | undefined
    try {
      failures = await called.invokeBatch?.(inputs, taken)
    } catch (error) {
      failures = new Map(places.map((_place, at) => [at, error]))
    }
    for (const [at, error] of failures ?? []) refused.set(places[at] as number, error)
    return refused
  }

  return {
    async invoke(invocation) {
      await called.invoke(inputOf(invocation), invocation)
      return undefined
    },
    ...(batch && called.invokeBatch && { batch: { ...batch, invoke: invokeAll } }),
    ...(called.timeoutMs !== undefined && { timeoutMs: called.timeoutMs }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as EventBridgeEvent
  } catch (cause) {
    throw new DeliveryRefused(
      'What InputTemplate makes of the event is not JSON, which a function takes: several lines are several texts.',
      { code: 'INVALID_JSON', cause },
    )
  }
}
