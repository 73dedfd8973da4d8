/**
 * Looks into JSON texts without parsing them: what is cut out of one keeps the spelling of its
 * numbers (1.0, 12345678901234567890) and its duplicate keys, which no parsed value would.
 */

const string = '"(?:[^"\\\\\\u0000-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[\\da-fA-F]{4}))*"'
const aKey = new RegExp(`${string}[ \\t\\r\\n]*:`, 'y')
const aScalar = new RegExp(
  `${string}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null`,
  'y',
)

/** The same as EventBridge's parser, Jackson, says it. */
export function jsonFaultPlace(text: string, options: Several = {}): string | undefined {
  const fault = jsonFault(text, options)
  if (fault === undefined) return undefined
  const lines = text.slice(0, fault).split('\n')
  const column = (lines.at(-1) as string).length + 1
  const rest = text.length - longestExcerpt
  const excerpt = `"${text.slice(0, longestExcerpt)}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`
  return `[Source: (String)${excerpt}; line: ${lines.length}, column: ${column}]`
}

interface Several {
  readonly several?: boolean
}
const longestExcerpt = 500

/**
 * Where a text stops being the JSON of one value, or undefined when it is that. With `several`,
 * more values may follow behind white space. Made for texts of a few thousand characters that come
 * from outside; nesting is kept on a list, so only the text bounds its depth.
 */
export function jsonFault(text: string, { several = false }: Several = {}): number | undefined {
  const open: ('{' | '[')[] = []
  /** What may come: a value, or for `first…` also the end of what has just been opened. */
  let expected: 'value' | 'firstValue' | 'key' | 'firstKey' | 'next' = 'value'
  for (let at = 0; ; ) {
    const start = afterSpace(text, at)
    const character = text[start]
    const inside = open.at(-1)
    if (expected === 'next' && inside === undefined) {
      if (start === text.length) return undefined
      if (!several || start === at) return start
      expected = 'value'
    }
    const closes = character === (inside === '{' ? '}' : ']')
    if (expected === 'next' && character === ',') {
      at = start + 1
      expected = inside === '{' ? 'key' : 'value'
    } else if (closes && expected !== 'value' && expected !== 'key') {
      open.pop()
      at = start + 1
      expected = 'next'
    } else if (expected === 'next') return start
    else if (expected === 'key' || expected === 'firstKey') {
      at = endOf(aKey, text, start)
      if (at === start) return start
      expected = 'value'
    } else if (character === '{' || character === '[') {
      open.push(character)
      at = start + 1
      expected = character === '{' ? 'firstKey' : 'firstValue'
    } else {
      at = endOf(aScalar, text, start)
      if (at === start) return start
      expected = 'next'
    }
  }
}

function endOf(token: RegExp, text: string, start: number): number {
  token.lastIndex = start
  return token.test(text) ? token.lastIndex : start
}

const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

export function afterSpace(text: string, from: number): number {
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/**
 * After the closing quote of the string that opens here. From here on all texts are known to be JSON;
 * what is none (a damaged row) is read wrongly, but to an end.
 */
export function endOfString(text: string, from: number): number {
  for (let quote = from; ; ) {
    quote = text.indexOf('"', quote + 1)
    if (quote < 0) return text.length
    let before = quote - 1
    while (text.charCodeAt(before) === 0x5c) before--
    if ((quote - before) % 2 === 1) return quote + 1
  }
}

/** After the value that begins here. */
export function endOfValue(text: string, from: number): number {
  const code = text.charCodeAt(from)
  if (code === 0x22) return endOfString(text, from)
  if (code === 0x7b || code === 0x5b) return endOfContainer(text, from)
  let at = from
  while (/[^\s,\]}]/.test(text.charAt(at))) at++
  return at
}

function endOfContainer(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      at = endOfString(text, at)
      continue
    }
    at++
    if (code === 0x7b || code === 0x5b) depth++
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) break
  }
  return at
}

/** Without the white space between its tokens. */
export function minified(json: string): string {
  let result = ''
  let copied = 0
  for (let at = 0; at < json.length; ) {
    const code = json.charCodeAt(at)
    if (code === 0x22) at = endOfString(json, at)
    else if (isSpace(code)) {
      result += json.slice(copied, at)
      at = afterSpace(json, at)
      copied = at
    } else at++
  }
  return copied === 0 ? json : result + json.slice(copied)
}
