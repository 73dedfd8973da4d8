import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { markdown } from './markdown.ts'

const parts = fc.constantFrom(
  ...[
    '<',
    '>',
    '"',
    "'",
    '&',
    '[',
    '](',
    ')',
    '!',
    '*',
    '_',
    '`',
    '#',
    '|',
    '-',
    '\n',
    ' ',
    '\\',
    '~~',
  ],
  ...[
    '<script>',
    'javascript:',
    'onload=',
    'style=',
    '<img src=x',
    'https://a.example/',
    '&#x3c;',
    '\0',
  ],
)
const texts = fc.array(fc.oneof(parts, fc.string({ unit: 'binary', maxLength: 3 })), {
  maxLength: 60,
})
const allowed =
  /^<(?:\/(?:p|em|strong|s|code|pre|blockquote|a|div|h[2-6]|ul|ol|li|table|thead|tbody|tr|th|td)|(?:p|em|strong|s|code|blockquote|h[2-6]|ul|li|table|thead|tbody|tr|br \/|hr \/|ol(?: start="\d+")?|pre tabindex="0"|div class="scroll" role="group" aria-label="Table" tabindex="0"|t[hd](?: class="(?:center|right)")?|a(?: href="(?:https?:|mailto:)[^"<>]*")?(?: title="[^"<>]*")?(?: rel="nofollow noopener")?))>$/

test('whatever is written, only what is on the list comes out', () => {
  fc.assert(
    fc.property(texts, (text) => {
      for (const [tag] of markdown(text.join(''), 'https://blog.example').matchAll(/<[^>]*>?/g))
        assert.match(tag, allowed)
    }),
    { numRuns: 300 },
  )
})
