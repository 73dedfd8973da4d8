/**
 * A whole policy of an event bus, as PutPermission's `Policy` gives it: what EventBridge refuses in one,
 * in its own texts. Whether the accounts and roles exist that it names, nobody knows here.
 */
import { parseArn } from '../arn.ts'
import type { Structure } from '../constraints.ts'
import { BusError } from '../errors.ts'
import type { Policy } from './catalog.ts'

type Statement = Policy['Statement'][number]

/** What can be permitted on a bus, behind `events:`. */
const actions = [
  ...['DeleteRule', 'DescribeEventBus', 'DescribeRule', 'DisableRule', 'EnableRule'],
  ...['ListRuleNamesByTarget', 'ListRules', 'ListTagsForResource', 'ListTargetsByRule'],
  ...['PutEvents', 'PutRule', 'PutTargets', 'RemoveTargets', 'TagResource', 'UntagResource'],
]
const prohibited = ['NotAction', 'NotResource', 'NotPrincipal']
const required = ['Sid', 'Effect', 'Principal', 'Action', 'Resource']

/** The policy of the bus `name` that the document is. Throws a `ValidationException`. */
export function busPolicy(document: string, name: string): Policy {
  const policy = parsed(document)
  if (!isObject(policy)) throw invalid('This text appears not to be a policy')
  for (const field of ['Version', 'Statement'])
    if (policy[field] === undefined) throw invalid(`Missing required field ${field}`)
  const statements: readonly unknown[] = [policy.Statement].flat()
  if (statements.length === 0) throw invalid('Could not parse the policy: Statement is empty!')
  if (!statements.every(isObject)) throw invalid('This text appears not to be a policy')
  const places = startsOf(document)
  for (const [index, statement] of statements.entries())
    checkStatement(statement, places[index] ?? '', name)
  const ids = statements.map(({ Sid }) => Sid)
  const twin = ids.findIndex((id, index) => ids.indexOf(id) < index)
  if (twin >= 0)
    throw invalid(
      `Invalid statement at ${places[twin]}: The Statement Ids in the policy are not unique`,
    )
  return { ...policy, Statement: statements.map(storedStatement) } as Policy
}

function checkStatement(statement: Structure, place: string, name: string): void {
  for (const field of prohibited)
    if (statement[field] !== undefined) throw invalid(`Has prohibited field ${field}`)
  for (const field of required)
    if (statement[field] === undefined) throw invalid(`Missing required field ${field}`)
  const named = texts(statement.Action)
  if (named.some((action) => action !== '*' && !/^events:/i.test(action)))
    throw invalid(
      `Invalid statement at ${place}: Action field includes AWS services that are inconsistent with specified vendor`,
    )
  const unknown = named.filter((action) => !isKnown(action))
  if (unknown.length > 0)
    throw invalid(
      `Invalid statement at ${place}: The following action names are invalid: ${unknown
        .map((action) => `"${action}"`)
        .reverse()
        .join(', ')}`,
    )
  for (const resource of texts(statement.Resource)) checkResource(resource, name)
}

/** With an asterisk it is known when it means at least one. */
function isKnown(action: string): boolean {
  const pieces = action.replace(/^events:/i, '').split(/\*+/)
  const escaped = pieces.map((piece) => piece.replace(/[^\w]/g, '\\$&').replaceAll('\\?', '.'))
  const meant = new RegExp(`^${escaped.join('.*')}$`, 'i')
  return action === '*' || actions.some((each) => meant.test(each))
}

/** The bus itself or rules of it. Its account and Region may be others. */
function checkResource(arn: string, name: string): void {
  if (arn === '*') return
  const { account = '', resource = '' } = parseArn(arn) ?? {}
  if (!/^\d{12}$/.test(account))
    throw invalid(`The namespace "${account}" is invalid for ARN "${arn}"`)
  const rules = name === 'default' ? 'rule/' : `rule/${name}/`
  if (resource !== `event-bus/${name}` && !resource.startsWith(rules))
    throw invalid(`The relative-id "${resource}" is invalid for ARN "${arn}"`)
}

/** An account that is given by its number is kept as the ARN of its root. */
export function storedStatement(statement: Structure): Statement {
  const { Principal } = statement
  if (!isObject(Principal) || Principal.AWS === undefined) return statement as Statement
  const root = (each: unknown) =>
    typeof each === 'string' && /^\d{12}$/.test(each) ? `arn:aws:iam::${each}:root` : each
  const AWS = Array.isArray(Principal.AWS) ? Principal.AWS.map(root) : root(Principal.AWS)
  return { ...statement, Principal: { ...Principal, AWS } } as Statement
}

/** Where each statement of a document that is JSON begins: `line 1 column 38`. */
function startsOf(document: string): readonly string[] {
  const starts: string[] = []
  let depth = 0
  let isInStatements = false
  for (const { 0: token, index } of document.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (token.startsWith('"')) {
      const isKey = depth === 1 && /^\s*:/.test(document.slice(index + token.length))
      if (isKey) isInStatements = token === '"Statement"'
    } else if (token === '}' || token === ']') depth--
    else {
      depth++
      if (token === '{' && isInStatements && depth <= 3) starts.push(placeAt(document, index))
    }
  }
  return starts
}

function placeAt(document: string, index: number): string {
  const lines = document.slice(0, index).split('\n')
  return `line ${lines.length} column ${(lines.at(-1)?.length ?? 0) + 1}`
}

function parsed(document: string): unknown {
  try {
    return JSON.parse(document)
  } catch (cause) {
    throw invalid('This policy contains invalid Json', { cause })
  }
}

const texts = (value: unknown): readonly string[] =>
  [value].flat().filter((each) => typeof each === 'string')
const isObject = (value: unknown): value is Structure =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const invalid = (message: string, options?: ErrorOptions) =>
  new BusError('ValidationException', message, options)
