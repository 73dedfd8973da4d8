/**
 * The policies of event buses: PutPermission and RemovePermission. They are kept and answered; who may
 * do what here is decided before a request comes so far.
 */
import { eventsArn } from '../arn.ts'
import { type Faults, type Pattern, pattern } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import type { Settings } from '../settings.ts'
import { busPolicy } from './bus-policy.ts'
import { type Catalog, kinds, type Policy, type StoredEventBus } from './catalog.ts'

/** Characters of a policy. */
const longestPolicy = 10_240
const organization = /^o-[a-z0-9]{10,32}$/
const statementId: Pattern = { text: '[a-zA-Z0-9-_]+', test: /^[a-zA-Z0-9\-_]+$/ }
/** No ARN, and no bus of a partner. */
const busName = { min: 1, max: 256, pattern: pattern('[\\.\\-_A-Za-z0-9]+') }
const constraints = {
  StatementId: { min: 1, max: 64, pattern: statementId },
  Action: { min: 1, max: 64, pattern: pattern('events:[a-zA-Z]+') },
  Principal: { min: 1, max: 12, pattern: pattern('(\\d{12}|\\*)') },
}

export function permissions({
  inside,
  settings,
  catalog,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place'>
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'eventBus'>
}) {
  /** With the policy that it has already nothing is. */
  function written({ Policy: old, ...bus }: StoredEventBus, Policy: Policy | undefined) {
    if (JSON.stringify(old) === JSON.stringify(Policy)) return { write: [], answer: {} }
    const LastModifiedTime = inside.clock.now().getTime()
    const value = { ...bus, ...(Policy && { Policy }), LastModifiedTime }
    return { write: [{ kind: kinds.eventBus, name: bus.Name, value }], answer: {} }
  }

  return {
    /**
     * Adds a statement, in the place of one with the same StatementId; with `Policy`, that is all of
     * it from then on. Throws `PolicyLengthExceededException`.
     */
    async putPermission(request: Request): Promise<Record<string, never>> {
      const { bus: name, noted, given, text, check } = requested(request, null, busName)
      const document = text('Policy', {})
      const Sid = text('StatementId', constraints.StatementId)
      const Action = text('Action', constraints.Action)
      const Principal = text('Principal', constraints.Principal)
      const condition = conditionOf(noted, given.Condition)
      check()
      const isStatement = (Sid ?? Action ?? Principal ?? condition) !== undefined
      if (document !== undefined && isStatement)
        throw invalid(
          'Action, Principal, StatementId and Condition could not be combined with Policy parameter.',
        )
      if (document === undefined) checkStatement({ Sid, Action, Principal, condition })
      const statement = {
        ...(Sid !== undefined && { Sid }),
        Effect: 'Allow',
        Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
        Action,
        Resource: eventsArn(inside.place, 'event-bus', name),
        ...(condition && { Condition: { [condition.type]: { [condition.key]: condition.value } } }),
      }
      return settings.change(() => {
        const bus = catalog.eventBus(name)
        const policy =
          document === undefined ? withStatement(bus.Policy, statement) : busPolicy(document, name)
        if (JSON.stringify(policy).length > longestPolicy)
          throw new BusError(
            'PolicyLengthExceededException',
            'Policy size would be larger than the maximum allowed.',
          )
        return written(bus, policy)
      })
    },

    async removePermission(request: Request): Promise<Record<string, never>> {
      const { bus: name, noted, given, text, check } = requested(request, null, busName)
      const Sid = text('StatementId', constraints.StatementId)
      const all = noted.flag(given.RemoveAllPermissions, 'removeAllPermissions')
      check()
      if (all && Sid !== undefined)
        throw invalid('StatementId could not be combined with All parameter.')
      if (!all && Sid === undefined) throw invalid('Parameter(s) StatementId must be specified.')
      return settings.change(() => {
        const bus = catalog.eventBus(name)
        if (all) return written(bus, undefined)
        const { Policy } = bus
        const left = Policy?.Statement.filter((each) => each.Sid !== Sid) ?? []
        if (!Policy || left.length === Policy.Statement.length)
          throw new BusError(
            'ResourceNotFoundException',
            'Statement with the provided id does not exist.',
          )
        return written(bus, left.length > 0 ? { ...Policy, Statement: left } : undefined)
      })
    },
  }
}

interface Condition {
  readonly type: string
  readonly key: string
  readonly value: string
}

function conditionOf(noted: Faults, given: unknown): Condition | undefined {
  const condition = noted.structure(given, 'condition')
  if (!condition) return undefined
  const [type = '', key = '', value = ''] = ['Type', 'Key', 'Value'].map((member) =>
    noted.text(condition[member], `condition.${member.toLowerCase()}`, { required: true }),
  )
  return { type, key, value }
}

function checkStatement({
  Sid,
  Action,
  Principal,
  condition,
}: {
  readonly Sid: string | undefined
  readonly Action: string | undefined
  readonly Principal: string | undefined
  readonly condition: Condition | undefined
}): void {
  for (const [name, value] of Object.entries({ Action, Principal, StatementId: Sid }))
    if (value === undefined) throw invalid(`Parameter(s) ${name} must be specified.`)
  const unsupported = (name: string) =>
    invalid(`Provided value in parameter '${name}' is not supported.`)
  if (Action !== 'events:PutEvents') throw unsupported('action')
  if (!condition) return
  if (Principal !== '*')
    throw invalid(
      "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.",
    )
  if (condition.type !== 'StringEquals') throw unsupported('condition.type')
  if (condition.key !== 'aws:PrincipalOrgID') throw unsupported('condition.key')
  if (!organization.test(condition.value))
    throw invalid("Provided value in parameter 'condition.value' is invalid.")
}

/** In the place of the one with its id. */
function withStatement(policy: Policy | undefined, added: Policy['Statement'][number]): Policy {
  const { Statement = [], ...others } = policy ?? {}
  const at = Statement.findIndex(({ Sid }) => Sid === added.Sid)
  return {
    Version: '2012-10-17',
    ...others,
    Statement: at < 0 ? [...Statement, added] : Statement.with(at, added),
  }
}

const invalid = (message: string) => new BusError('ValidationException', message)
