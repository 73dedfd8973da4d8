/** Random patterns, for the properties. */
import fc from 'fast-check'

export type Pattern = { [key: string]: unknown }

/** Patterns over these keys and matchers, nested and with `$or` before or behind their fields. */
export function patternsOf(
  keys: fc.Arbitrary<string>,
  matchers: fc.Arbitrary<unknown>,
): fc.Arbitrary<Pattern> {
  const { pattern } = fc.letrec<{ pattern: Pattern; fields: Pattern; $or: Pattern }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3 },
      { arbitrary: tie('fields'), weight: 4 },
      { arbitrary: tie('$or'), weight: 1 },
    ),
    fields: fc.dictionary(
      keys,
      fc.oneof(
        { maxDepth: 3 },
        { arbitrary: fc.array(matchers, { minLength: 1, maxLength: 2 }), weight: 3 },
        { arbitrary: tie('pattern'), weight: 2 },
      ),
      { minKeys: 1, maxKeys: 3 },
    ),
    $or: fc
      .tuple(tie('fields'), fc.array(tie('pattern'), { minLength: 2, maxLength: 3 }), fc.boolean())
      .map(([fields, $or, isFirst]) => (isFirst ? { $or, ...fields } : { ...fields, $or })),
  }))
  return pattern
}
