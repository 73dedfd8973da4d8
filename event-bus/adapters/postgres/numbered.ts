/** A statement that is written once for SQLite and PostgreSQL: `?` is the next of the values. */
export function numbered(text: string): string {
  let number = 0
  return text.replaceAll('?', () => `$${++number}`)
}

export const allNumbered = <Name extends string>(
  texts: Readonly<Record<Name, string>>,
): Readonly<Record<Name, string>> =>
  Object.fromEntries(
    Object.entries<string>(texts).map(([name, text]) => [name, numbered(text)]),
  ) as {
    [N in Name]: string
  }
