/** What the importers of the kinds of resources have in common. */
import type { Place } from '../../event.ts'
import type { Client } from '../client.ts'
import { canonical, isObject } from '../exact-json.ts'
import { failed } from '../failure.ts'
import type { Created } from './other-services.ts'

export type Members = Readonly<Record<string, unknown>>

/** A resource with its properties resolved. */
export interface Wanted {
  readonly logicalId: string
  readonly properties: Members
  readonly metadata: Members
}

export interface Ensured extends Created {
  readonly action: 'created' | 'updated' | 'unchanged'
  readonly name: string
}

export interface Importing {
  readonly place: Place
  /** Asks only. */
  readonly call: Client['call']
  /** Changes; answers nothing when nothing is to be changed. */
  readonly change: (operation: string, request: object) => Promise<void>
  /** Whether connections are put again: whether their secrets are others cannot be seen. */
  readonly secrets: boolean
}

/** Makes one kind of resource what its properties say. Rejects with the bus's `Failure`. */
export type Ensure = (wanted: Wanted, importing: Importing) => Promise<Ensured>

/** Only the members that are wanted, in `names`; throws for one that is not known. */
export function picked(
  { logicalId, properties }: Wanted,
  names: readonly string[],
  others: readonly string[] = [],
): Members {
  for (const name of Object.keys(properties))
    if (!names.includes(name) && !others.includes(name))
      throw failed(`${logicalId} has a property ${name}, which this bus does not know.`)
  return Object.fromEntries(
    names.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
  )
}

/** Whether all that is wanted is there already. */
export const holds = (wanted: Members, existing: Members): boolean =>
  Object.entries(wanted).every(([name, value]) => canonical(value) === canonical(existing[name]))

/** A name that the template leaves to CloudFormation: the logical id. */
export const nameOr = (given: unknown, logicalId: string, longest: number): string =>
  typeof given === 'string' ? given : logicalId.slice(0, longest)

/** JSON text of what a template has as an object or as text. */
export const jsonOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

/** What a template may have as text. */
export function numbered(value: unknown, names: readonly string[]): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      names.includes(name) && typeof member === 'string' ? Number(member) : member,
    ]),
  )
}

/** Puts the tags that are wanted and not there; answers whether there were any. */
export async function ensureTags(
  arn: string,
  wanted: unknown,
  { call, change }: Importing,
  isNew: boolean,
): Promise<boolean> {
  if (!Array.isArray(wanted) || wanted.length === 0) return false
  const Tags = wanted as readonly { Key: string; Value: string }[]
  const existing = isNew
    ? []
    : (await call<{ Tags: typeof Tags }>('ListTagsForResource', { ResourceARN: arn })).Tags
  const missing = Tags.filter(
    ({ Key, Value }) => !existing.some((tag) => tag.Key === Key && tag.Value === Value),
  )
  if (missing.length === 0) return false
  await change('TagResource', { ResourceARN: arn, Tags: missing })
  return true
}
