/**
 * EventBridge's input transformer: a template with placeholders for parts of the event. Imitates
 * "input transformation" of the EventBridge user guide and what PutTargets answered when asked.
 */
import { BusError, DeliveryRefused } from './errors.ts'
import { type JsonPath, jsonCutter, jsonPath } from './json-path.ts'
import { jsonFault, jsonFaultPlace, minified } from './json-text.ts'

export interface InputTransformer {
  /** Placeholders and the JSON paths of their values. */
  readonly InputPathsMap?: Readonly<Record<string, string>> | undefined
  readonly InputTemplate: string
}

/** What the predefined variables say. */
export interface InputContext {
  readonly ruleArn: string
  readonly ruleName: string
  /** When the bus was given the event, in ms since 1970. */
  readonly ingestionTime: number
}

/** What is in the event, as it is spelt, and undefined where there is nothing. */
type Variable = (
  cut: (path: JsonPath) => string | undefined,
  context: InputContext,
) => string | undefined

interface Placeholder {
  readonly name: string
  /** Inside a JSON string of the template. */
  readonly quoted: boolean
}

/** Characters. Twice the largest event, so a template may add to it, but not multiply it. */
const longestText = 2 * 1_048_576
/** `<` and `>` around anything else are text. */
const placeholder = /<([A-Za-z0-9_.-]+)>/g
const stringAndColon = /"(?:[^"\\]|\\.)*"([ \t\r\n]*:)?/g
const outerSpace = /^[ \t\r\n]+|[ \t\r\n]+$/g

/**
 * Compiles a template. One that begins with `{` makes JSON, minified: outside of quotes a placeholder
 * becomes its JSON value, a missing one `""`; inside, what stands between the quotes of a string, or
 * the value as it is spelt. All others are texts, in quotes or not, several of them with white space
 * between, as in a text of many lines: a string stands there without quotes and escapes, an object or
 * array loses the quotes inside it, and what is missing is nothing.
 *
 * Numbers, duplicate keys and the escapes of JSON keep the event's spelling. Without an InputPathsMap
 * a placeholder that nobody knows is text.
 *
 * Throws a `ValidationException` with EventBridge's texts. What is answered throws `DeliveryRefused`:
 * `INVALID_JSON` where that makes no JSON, as of an object inside quotes or of a text with a quote in
 * it, and `INVALID_PARAMETER` for a text longer than two events.
 */
export function inputTransformer(
  targetId: string,
  { InputPathsMap = {}, InputTemplate }: InputTransformer,
): (event: string, context: InputContext) => string {
  const paths = Object.entries(InputPathsMap).map(
    ([name, path]) => [name, targetPath(targetId, path)] as const,
  )
  const variables = new Map<string, Variable>([
    ...predefined,
    ...paths.map(([name, path]): [string, Variable] => [name, (cut) => cut(path)]),
  ])
  const template = InputTemplate.replace(outerSpace, '')
  const isJson = template.startsWith('{')
  const isKnown = (name: string) => variables.has(name) || paths.length > 0
  checkTemplate(targetId, template, isJson, variables, isKnown)
  const { texts, placeholders } = split(isJson ? minified(template) : template, isKnown)

  function written(value: string | undefined, quoted: boolean): string {
    if (!isJson) return value === undefined ? '' : plain(value)
    if (value === undefined) return quoted ? '' : '""'
    return quoted && value.startsWith('"') ? value.slice(1, -1) : value
  }
  /** What makes JSON of each event, but for objects and arrays inside quotes. */
  const isSound = isJson && jsonFault(filled(template, isKnown)) === undefined
  const isJsonText = (text: string) =>
    isSound || text === '' || jsonFault(text, { several: !isJson }) === undefined
  const hint = isJson
    ? ': what stands inside quotes may be a string or a number, no object and no array'
    : ''

  return (event, context) => {
    const cut = jsonCutter(event)
    const values = new Map<string, string | undefined>()
    function spelt(name: string): string | undefined {
      if (values.has(name)) return values.get(name)
      const written = variables.get(name)?.(cut, context)
      const value = written === undefined ? undefined : minified(written)
      values.set(name, value)
      return value
    }
    let text = texts[0] as string
    let isBroken = false
    placeholders.forEach(({ name, quoted }, index) => {
      const value = spelt(name)
      text += written(value, quoted)
      isBroken ||= isJson && quoted && /^[{[].*"/s.test(value ?? '')
      text += texts[index + 1]
      if (text.length > longestText)
        throw new DeliveryRefused(
          `InputTemplate of target ${targetId} makes a text of more than ${longestText} characters at <${name}>.`,
          { code: 'INVALID_PARAMETER' },
        )
    })
    if (!isBroken && isJsonText(text)) return text
    throw new DeliveryRefused(
      `Invalid input for target. InputTemplate of target ${targetId} makes no JSON of the event${hint}.`,
      { code: 'INVALID_JSON', sent: text },
    )
  }
}

/** A value in a text. */
function plain(value: string): string {
  if (value.startsWith('"')) return JSON.parse(value)
  return /^[{[]/.test(value) ? withoutQuotes(value) : value
}

/** Throws a `ValidationException` for a path that EventBridge does not take, one of a map, too. */
export function targetPath(targetId: string, text: string): JsonPath {
  const path = jsonPath(text)
  if (path) return path
  throw invalid(`InputPath for target ${targetId} is invalid.`)
}

const envelopeFields = [
  'id',
  'account',
  'detail-type',
  'time',
  'source',
  'region',
  'resources',
  'version',
  'replay-name',
]

/** Reserved: no key of InputPathsMap may have a dot. */
const predefined: readonly (readonly [string, Variable])[] = [
  ['aws.events.rule-arn', (_, { ruleArn }) => JSON.stringify(ruleArn)],
  ['aws.events.rule-name', (_, { ruleName }) => JSON.stringify(ruleName)],
  [
    'aws.events.event.ingestion-time',
    (_, { ingestionTime }) => `"${new Date(ingestionTime).toISOString()}"`,
  ],
  ['aws.events.event.json', (cut) => cut([])],
  [
    'aws.events.event',
    (cut) => {
      const fields = envelopeFields.flatMap((name) => {
        const value = cut([{ name }])
        if (value === undefined) return []
        if (name === 'time') return `"time":${inMs(value)}`
        return `"${name === 'detail-type' ? 'detailType' : name}":${value}`
      })
      return `{${fields.join(',')}}`
    },
  ],
]
/** Of a JSON string; as it is when it is no time. */
function inMs(time: string): string | number {
  const ms = time.startsWith('"') ? Date.parse(JSON.parse(time)) : Number.NaN
  return Number.isNaN(ms) ? time : ms
}
const onlyInJson = new Set(['aws.events.event.json', 'aws.events.event'])

function checkTemplate(
  targetId: string,
  template: string,
  isJson: boolean,
  variables: ReadonlyMap<string, unknown>,
  isKnown: (name: string) => boolean,
): void {
  const says = (complaint: string) =>
    invalid(`InputTemplate for target ${targetId} contains ${complaint}.`)
  for (const [, name = ''] of template.matchAll(placeholder)) {
    if (isKnown(name) && !variables.has(name)) throw says(`invalid placeholder ${name}`)
    if (!isJson && onlyInJson.has(name))
      throw says(`placeholder ${name} valid only for JSON template`)
  }
  // EventBridge, too, looks at the template with null in all places.
  const place = jsonFaultPlace(filled(template), { several: !isJson })
  if (place !== undefined) throw invalid(`Invalid InputTemplate for target ${targetId} : ${place}.`)
  for (const [string, colon] of template.matchAll(stringAndColon))
    if (colon !== undefined && string.search(placeholder) >= 0)
      throw invalid(
        `InputTemplate placeholder present as a JSON object key for target ${targetId}.`,
      )
}

/** The template with null in these places. */
const filled = (template: string, isThere: (name: string) => boolean = () => true): string =>
  template.replace(placeholder, (whole, name) => (isThere(name) ? 'null' : whole))

/** What stands around the placeholders, one text more than there are of them. */
function split(
  template: string,
  isKnown: (name: string) => boolean,
): {
  readonly texts: readonly string[]
  readonly placeholders: readonly Placeholder[]
} {
  const texts: string[] = []
  const placeholders: Placeholder[] = []
  let quoted = false
  let start = 0
  for (const { 0: token, 1: name, index } of template.matchAll(/\\.|"|<([A-Za-z0-9_.-]+)>/g))
    if (token === '"') quoted = !quoted
    else if (name !== undefined && isKnown(name)) {
      texts.push(template.slice(start, index))
      placeholders.push({ name, quoted })
      start = index + token.length
    }
  texts.push(template.slice(start))
  return { texts, placeholders }
}

/** Of an object or array that stands in a string: `{acc_id:0a,states:[ACTIVE]}`. */
const withoutQuotes = (json: string): string =>
  json.replace(/\\"|\\.|"/g, (token) => (token === '\\"' || token === '"' ? '' : token))

const invalid = (message: string) => new BusError('ValidationException', message)
