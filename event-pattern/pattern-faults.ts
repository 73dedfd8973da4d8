/**
 * What is said of a pattern's text that is not JSON. EventBridge hands on the words of the parser that
 * its engine reads with: Jackson's `ReaderBasedJsonParser`, whose texts, and whose way of telling the
 * place, are imitated here: those of the versions that point at the character itself (2.15 and on), as
 * answers recorded from AWS do. It reads token by token, and so does this: a word ends before the
 * number in it that is wrong, and what is wrong behind the place of a refusal is never found.
 */

/** Where the text ceases to be JSON. */
export interface Fault {
  readonly reason: string
  /** All before is right. */
  readonly at: number
  /** The place that the message tells. */
  readonly told: number
  /** How far the parser has read. */
  readonly read: number
}

const validValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
const comment =
  "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
const plusSign =
  'JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow'
const noDigit = 'expected digit (0-9) to follow minus sign, for valid numeric value'

/** A longer token is cut. */
const longestToken = 256

export function fail(reason: string, at: number, told = at, read = told): never {
  throw { reason, at, told, read } satisfies Fault
}

export function isFault(error: unknown): error is Fault {
  return typeof error === 'object' && error !== null && 'told' in error
}

/** A bracket that closes another than the last one that opened. */
export function mismatched(text: string, at: number, opened: string): never {
  const found = text.charAt(at)
  const wanted = found === ']' ? '}' : ']'
  return fail(
    `Unexpected close marker '${found}': expected '${wanted}' (for ${opened})`,
    at,
    at,
    at + 1,
  )
}

/** `why` as in "was expecting a colon"; `right` says how far all is. */
export function unexpected(text: string, at: number, why: string, right = at): never {
  return fail(`Unexpected character (${character(text, at)}): ${why}`, right, at, at + 1)
}

/** `where` as in " within/between Object entries". */
export function endsEarly(text: string, where: string): never {
  return fail(`Unexpected end-of-input${where}`, text.length)
}

/** The next character that is no white space, or the end. */
export function afterSpace(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x2f) unexpected(text, at, comment)
    if (unit > 0x20) break
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09)
      fail(
        `Illegal character (${character(text, at)}): only regular white space (\\r, \\n, \\t) is allowed between tokens`,
        at,
        at + 1,
      )
  }
  return at
}

/** Behind the string whose opening quote is at `from`. */
export function afterString(text: string, from: number, kind: 'name' | 'value'): number {
  for (let at = from + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) return at + 1
    if (unit === 0x5c) at = afterEscape(text, at) - 1
    else if (unit < 0x20) {
      const where = kind === 'name' ? 'name' : 'string value'
      fail(
        `Illegal unquoted character (${character(text, at)}): has to be escaped using backslash to be included in ${where}`,
        at,
        at,
        at + 1,
      )
    }
  }
  return endsEarly(
    text,
    kind === 'name' ? ' in field name' : ': was expecting closing quote for a string value',
  )
}

function afterEscape(text: string, from: number): number {
  const escaped = text[from + 1] ?? endsEarly(text, ' in character escape sequence')
  if (escaped !== 'u') {
    if (!'"\\/bfnrt'.includes(escaped)) {
      const at = from + 1
      fail(`Unrecognized character escape ${character(text, at)}`, at, at, at + 1)
    }
    return from + 2
  }
  for (let at = from + 2; at < from + 6; at++) {
    if (at === text.length) endsEarly(text, ' in character escape sequence')
    if (!/[\da-f]/i.test(text.charAt(at)))
      unexpected(text, at, 'expected a hex-digit for character escape sequence')
  }
  return from + 6
}

/** Behind the number, `true`, `false` or `null` that begins at `from`. */
export function afterScalar(text: string, from: number): number {
  const first = text.charAt(from)
  if (/[-\d]/.test(first)) return afterNumber(text, from)
  if (first === 't') return afterWord(text, from, 'true')
  if (first === 'f') return afterWord(text, from, 'false')
  if (first === 'n') return afterWord(text, from, 'null')
  if (first === 'N') return notStandard(text, from, 'NaN')
  if (first === 'I') return notStandard(text, from, 'Infinity')
  if (first === '}') return unexpected(text, from, 'expected a value')
  if (first === '+') return afterSign(text, from)
  if (!identifierStart.test(first))
    return unexpected(text, from, `expected a valid value ${validValue}`)
  return unrecognized(text, from, from + 1)
}

function afterWord(text: string, from: number, word: string): number {
  let at = from
  while (at - from < word.length && text[at] === word[at - from]) at++
  if (at - from < word.length) return unrecognized(text, from, at)
  const next = text.charAt(at)
  return next >= '0' && identifierPart.test(next) ? unrecognized(text, from, at) : at
}

function notStandard(text: string, from: number, word: string): never {
  const at = afterWord(text, from, word)
  return fail(
    `Non-standard token '${word}': enable \`JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS\` to allow`,
    from,
    at,
  )
}

/** With all that looks like a part of it. */
function unrecognized(text: string, from: number, matched: number): never {
  let end = matched
  while (end < text.length && end - from < longestToken && identifierPart.test(text.charAt(end)))
    end++
  const token = text.slice(from, end) + (end > matched && end - from >= longestToken ? '...' : '')
  return fail(`Unrecognized token '${token}': was expecting ${validValue}`, from, end)
}

/** Java's, of a UTF-16 unit. */
const identifierStart = /^[\p{L}\p{Nl}\p{Sc}\p{Pc}]$/u
const identifierPart =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Java takes them for parts of a name.
  /^[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}\p{Cf}\0-\x08\x0e-\x1b\x7f-\x9f]$/u

function afterSign(text: string, from: number): never {
  const sign = text.charAt(from)
  let at = from + 1
  if (at === text.length)
    return endsEarly(text, sign === '-' ? 'No digit following sign' : ' in a Number value')
  if (text[at] === '.' && sign === '-')
    return unexpected(text, at, `expected a valid value ${validValue}`, from)
  if (text[at] === 'I') {
    at++
    if (at === text.length) endsEarly(text, ' in a Number value')
    const word = text[at] === 'N' ? 'INF' : text[at] === 'n' ? 'Infinity' : undefined
    if (word !== undefined) notStandard(text, from, sign + word)
  }
  return sign === '-'
    ? unexpectedInNumber(text, from, at, noDigit, at)
    : unexpectedInNumber(text, from, from, plusSign, at)
}

function unexpectedInNumber(
  text: string,
  from: number,
  at: number,
  why: string,
  told: number,
): never {
  return fail(
    `Unexpected character (${character(text, at)}) in numeric value: ${why}`,
    from,
    told,
    told + 1,
  )
}

function afterNumber(text: string, from: number): number {
  let at = from
  if (text[at] === '-') at++
  if (!isDigit(text[at])) return afterSign(text, from)
  if (text[at] === '0' && isDigit(text[at + 1]))
    return fail('Invalid numeric value: Leading zeroes not allowed', at, at + 1)
  at = afterDigits(text, at)
  // The place told is the end of the whole part: from there on the parser looks ahead.
  const told = at
  if (text[at] === '.') {
    if (!isDigit(text[at + 1])) {
      const wrong = at + 1 === text.length ? at : at + 1
      unexpectedInNumber(text, from, wrong, 'Decimal point not followed by a digit', told)
    }
    at = afterDigits(text, at + 1)
  }
  if (text[at] === 'e' || text[at] === 'E') {
    at++
    if (text[at] === '+' || text[at] === '-') at++
    if (at === text.length) endsEarly(text, 'expected a digit for number exponent')
    if (!isDigit(text[at]))
      unexpectedInNumber(text, from, at, 'Exponent indicator not followed by a digit', told)
    at = afterDigits(text, at)
  }
  return at
}

function afterDigits(text: string, from: number): number {
  let at = from
  while (isDigit(text[at])) at++
  return at
}

function isDigit(unit: string | undefined): boolean {
  return unit !== undefined && unit >= '0' && unit <= '9'
}

function character(text: string, at: number): string {
  const code = text.charCodeAt(at)
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return `(CTRL-CHAR, code ${code})`
  const hexadecimal = code > 0xff ? ` / 0x${code.toString(16)}` : ''
  return `'${text[at]}' (code ${code}${hexadecimal})`
}
