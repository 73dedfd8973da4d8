import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { markdown } from '../web/markdown.ts'
import { html } from './html.ts'
import { newPost } from './new-post.ts'

const parts = fc.constantFrom(
  ...['<', '>', '"', "'", '&', '&lt;', '$&', '-->', '\r\n', '\n', '\0', '\u2028', '\ud800'],
  ...[
    '</title>',
    '</style>',
    '<!--[if mso]>',
    '<script>',
    ' onload=x',
    'Bcc: a@b',
    '| a |\n|--:|\n',
  ],
)
const texts = fc
  .array(fc.oneof(parts, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 40 })
  .map((all) => all.join(''))

const read = (escaped: string) =>
  escaped
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

test('whatever is put into a template is read as it was, and is neither a tag nor an end of an attribute', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const { markup } = html`<p title="${text}">${text}</p>`
      const [, title, content] = /^<p title="([^"<>]*)">([^<>"]*)<\/p>$/.exec(markup) ?? []
      assert.equal(read(title ?? 'no title'), text)
      assert.equal(read(content ?? 'no content'), text)
    }),
  )
})

test('whatever the post is, its mail has one subject, one frame, and no tag that could act', () => {
  const its = { topic: 'x', post: 'https://a.example/p', unsubscribe: 'x', preferences: 'x' }
  fc.assert(
    fc.property(texts, texts, texts, (title, author, body) => {
      const rendered = markdown(body, 'https://blog.test')
      const mail = newPost({ title, author, body }, { ...its, topic: author, rendered })
      assert.doesNotMatch(mail.subject, /[\r\n\u2028]/)
      assert.ok(mail.text.includes(body))
      const tags = mail.html.match(/<[^>]*>/g) ?? []
      assert.ok(mail.html.endsWith('</html>\n'))
      for (const tag of tags)
        assert.match(
          tag,
          /^<(?:!doctype html|!--\[if mso\]|!\[endif\]--|\/?(?:html|head|meta|title|style|body|div|table|thead|tbody|tr|th|td|p|br|em|strong|s|code|pre|blockquote|hr|a|h[1-6]|ul|ol|li)(?=[ >])[^<]*)>$/,
        )
      for (const tag of tags) assert.doesNotMatch(tag.replaceAll(/"[^"]*"/g, ''), / on\w+=/)
    }),
  )
})
