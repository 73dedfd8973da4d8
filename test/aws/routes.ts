/** Which route of an HTTP API a request is for, as API Gateway chooses: the most specific one first. */
export interface ParsedRoute<T> {
  readonly key: string
  readonly of: T
}

export interface Chosen<T> {
  readonly route: ParsedRoute<T>
  readonly pathParameters: Readonly<Record<string, string>>
}

/** `path` as it was sent, not decoded. Null when there is not even a `$default`. */
export function choose<T>(
  routes: readonly ParsedRoute<T>[],
  method: string,
  path: string,
): Chosen<T> | null {
  const segments = path.split('/').slice(1)
  const found = routes.flatMap((route) => {
    const [itsMethod = '', pattern = ''] = route.key.split(' ')
    if (itsMethod !== method && itsMethod !== 'ANY') return []
    const parameters = matched(pattern.split('/').slice(1), segments)
    return parameters ? [{ route, pathParameters: parameters, pattern, itsMethod }] : []
  })
  const [best] = found.toSorted(
    (a, b) =>
      weight(b.pattern) - weight(a.pattern) ||
      Number(a.itsMethod === 'ANY') - Number(b.itsMethod === 'ANY'),
  )
  if (best) return { route: best.route, pathParameters: best.pathParameters }
  const others = routes.find(({ key }) => key === '$default')
  return others ? { route: others, pathParameters: {} } : null
}

/** Fixed segments count most, then `{one}`, then `{all+}`. */
const weight = (pattern: string): number =>
  pattern
    .split('/')
    .reduce((sum, part) => sum + (part.endsWith('+}') ? 1 : part.startsWith('{') ? 100 : 10_000), 0)

function matched(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | null {
  const parameters: Record<string, string> = {}
  for (const [at, part] of pattern.entries()) {
    const name = /^\{(.+?)\+?\}$/.exec(part)?.[1]
    if (part.endsWith('+}') && name) {
      if (segments.length <= at) return null
      parameters[name] = segments.slice(at).map(decoded).join('/')
      return parameters
    }
    const segment = segments[at]
    if (segment === undefined) return null
    if (name === undefined) {
      if (part !== segment) return null
    } else if (segment === '') return null
    else parameters[name] = decoded(segment)
  }
  return segments.length === pattern.length ? parameters : null
}

/** As it is when it is nothing that can be decoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
