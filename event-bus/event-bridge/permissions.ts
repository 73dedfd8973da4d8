/**
 * The policies of event buses: PutPermission and RemovePermission. They are kept and answered; who may
 * do what here is decided before a request comes so far.
 */
import { eventsArn } from '../arn.ts'
import { type Faults, type Pattern, pattern, type Structure } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import type { Settings } from '../settings.ts'
import { type Catalog, kinds, type Policy, type StoredEventBus } from './catalog.ts'

/** Characters of a policy. */
const longestPolicy = 10_240
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
  function written({ Policy: _old, ...bus }: StoredEventBus, Policy: Policy | undefined) {
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
      const Condition = conditionOf(noted, given.Condition)
      check()
      const isStatement = (Sid ?? Action ?? Principal ?? Condition) !== undefined
      if (document !== undefined && isStatement)
        throw invalid('Policy cannot be given together with other parameters.')
      return settings.change(() => {
        const bus = catalog.eventBus(name)
        if (document === undefined) checkStatement({ Sid, Action, Principal, Condition })
        const statement = {
          ...(Sid !== undefined && { Sid }),
          Effect: 'Allow',
          Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
          Action,
          Resource: eventsArn(inside.place, 'event-bus', name),
          ...(Condition && { Condition }),
        }
        const others = bus.Policy?.Statement.filter((each) => each.Sid !== Sid) ?? []
        const policy =
          document === undefined
            ? { Version: '2012-10-17', ...bus.Policy, Statement: [...others, statement] }
            : parsed(document)
        if (JSON.stringify(policy).length > longestPolicy)
          throw new BusError(
            'PolicyLengthExceededException',
            `The policy of an event bus has at most ${longestPolicy} characters.`,
          )
        return written(bus, policy)
      })
    },

    async removePermission(request: Request): Promise<Record<string, never>> {
      const { bus: name, noted, given, text, check } = requested(request, null, busName)
      const Sid = text('StatementId', constraints.StatementId)
      const all = noted.flag(given.RemoveAllPermissions, 'removeAllPermissions')
      check()
      if (!all && Sid === undefined) throw invalid('Parameter StatementId is required.')
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

function conditionOf(noted: Faults, value: unknown): Structure | undefined {
  const condition = noted.structure(value, 'condition')
  if (!condition) return undefined
  const [type = '', key = '', operand = ''] = ['Type', 'Key', 'Value'].map((member) =>
    noted.text(condition[member], `condition.${member.toLowerCase()}`, { required: true }),
  )
  return { [type]: { [key]: operand } }
}

function checkStatement(asked: {
  readonly Sid: string | undefined
  readonly Action: string | undefined
  readonly Principal: string | undefined
  readonly Condition: Structure | undefined
}): void {
  const { Sid, Action, Principal, Condition } = asked
  if (Principal === undefined) throw invalid('Parameter Principal must be specified.')
  if (Condition && Principal !== '*')
    throw invalid(
      "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.",
    )
  if (Action !== 'events:PutEvents')
    throw invalid("Provided value in parameter 'action' is not supported.")
  if (Sid === undefined) throw invalid('Parameter StatementId must be specified.')
}

function parsed(document: string): Policy {
  let policy: { readonly Statement?: Policy['Statement'] | Policy['Statement'][number] } | null
  try {
    policy = JSON.parse(document)
  } catch (cause) {
    throw invalid('This policy contains invalid Json', { cause })
  }
  const Statement = policy?.Statement
  if (Array.isArray(Statement)) return policy as Policy
  if (typeof Statement === 'object' && Statement)
    return { ...policy, Statement: [Statement as Policy['Statement'][number]] }
  throw invalid('Parameter Policy is not valid. Reason: it has no statements.')
}

const invalid = (message: string, options?: ErrorOptions) =>
  new BusError('ValidationException', message, options)
