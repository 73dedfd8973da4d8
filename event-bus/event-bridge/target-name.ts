/** A delivery's key and its event's text, taken apart again for those who ask what became of it. */
import type { TargetName } from './busbar-answers.ts'

/** Neither rules nor targets have a slash in their names, but a bus may. */
const ofRule = /^(.+)\/([^/]+)\/([^/]+)$/

export function targetName(key: string): TargetName {
  const [, EventBusName, Rule, TargetId] = ofRule.exec(key) ?? []
  if (EventBusName === undefined || Rule === undefined || TargetId === undefined)
    return { Target: key }
  return { Target: key, EventBusName, Rule, TargetId }
}

const beginning = '{"version":"0","id":"'
const idLength = 36

/** The id that an event's text has; null when it is the text of something else, say a topic's message. */
export const eventIdIn = (text: string): string | null =>
  text.startsWith(beginning) ? text.slice(beginning.length, beginning.length + idLength) : null
