/**
 * The path of a field. EventBridge joins keys with dots, in patterns and in events: the path a.b.c
 * may be spelt `{"a": {"b": {"c"`, `{"a.b": {"c"` and so on, and all spellings are one field.
 */
export interface Path {
  readonly text: string
  readonly keys: readonly string[]
  /** By the depth at which they begin: the keys that join the next two keys, the next three … */
  readonly dotted: readonly (readonly string[])[]
}

/** Shared by the branches of a pattern, because the spellings grow with the square of the depth. */
export function paths(): (text: string) => Path {
  const known = new Map<string, Path>()
  return (text) => {
    const path = known.get(text) ?? spell(text)
    known.set(text, path)
    return path
  }
}

function spell(text: string): Path {
  const keys = text.split('.')
  const dotted = keys.map((_, from) =>
    keys.slice(from + 1).map((_, at) => keys.slice(from, from + 2 + at).join('.')),
  )
  return { text, keys, dotted }
}
