import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markdown } from './markdown.ts'

const html = (text: string): string => markdown(text, 'https://blog.example').trim()

test('Markdown becomes what it means, its headings below that of the page', () => {
  assert.equal(
    html('one\ntwo\n\n*three* `four`'),
    '<p>one\ntwo</p>\n<p><em>three</em> <code>four</code></p>',
  )
  assert.equal(
    html('# a\n\n### b\n\n## c\n\n- d'),
    '<h2>a</h2>\n<h3>b</h3>\n<h3>c</h3>\n<ul>\n<li>d</li>\n</ul>',
  )
  assert.match(html('###### a'), /^<h2>a<\/h2>$/)
  assert.match(html('```js\n<a>\n```'), /<pre tabindex="0"><code>&lt;a&gt;\n<\/code><\/pre>/)
})

test('a table scrolls by itself and aligns without styles', () => {
  const table = html('| a | b |\n|---|--:|\n| 1 | 2 |')
  assert.match(table, /^<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>/)
  assert.match(table, /<th>a<\/th>\n<th class="right">b<\/th>/)
  assert.doesNotMatch(table, /style/)
})

test('a link to another site says nothing for it, and one to this site is absolute', () => {
  assert.equal(
    html('[a](https://other.example/x "t") https://b.example'),
    '<p><a href="https://other.example/x" title="t" rel="nofollow noopener">a</a> ' +
      '<a href="https://b.example/" rel="nofollow noopener">https://b.example</a></p>',
  )
  assert.equal(html('[a](/posts/1)'), '<p><a href="https://blog.example/posts/1">a</a></p>')
  assert.match(html('[a](//evil.example/x)'), /rel="nofollow noopener"/)
  assert.match(html('[a](https://blog.example.evil.example/)'), /rel="nofollow noopener"/)
  assert.equal(html('spain.es and readme.md'), '<p>spain.es and readme.md</p>')
})

test('nothing is loaded from elsewhere: an image is a link to it', () => {
  const link = '<a href="https://a.example/b.png" rel="nofollow noopener">a "b"</a>'
  assert.equal(html('![a "b"](https://a.example/b.png)'), `<p>${link}</p>`)
  assert.equal(
    html('[![a](https://a.example/b.png)](https://c.example/)'),
    '<p><a href="https://c.example/" rel="nofollow noopener">a</a></p>',
  )
  assert.equal(
    html('[*![a](/b.png)*](/c) ![d](/e.png)'),
    '<p><a href="https://blog.example/c"><em>a</em></a> <a href="https://blog.example/e.png">d</a></p>',
  )
})

test('no text of an author runs, styles or escapes', () => {
  for (const text of [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt&colon;alert(1))',
    '[a](data:text/html,<script>alert(1)</script>)',
    '[a](vbscript:x)',
    '![a](javascript:alert(1))',
    '![" onerror="alert(1)](x)',
    '[a](https://b.example/"onclick="alert(1))',
    '[a](https://b.example "\\" onclick=\\"alert(1)")',
    '<https://a.example/<script>>',
    '```"><script>\nx\n```',
    '| a |\n|---|\n| <b onclick=x> |',
    '<a href="javascript:alert(1)">x</a>',
    '<!-- --><p style="position:fixed">',
  ]) {
    const made = html(text)
    const tags = [...made.matchAll(/<\/?([a-z0-9]+)([^>]*)>/g)]
    for (const [tag, name, attributes] of tags) {
      assert.match(name as string, /^(p|a|pre|code|div|table|thead|tbody|tr|th|td)$/, tag)
      assert.doesNotMatch((attributes as string).replaceAll(/"[^"]*"/g, '""'), /\bon|style/, tag)
      assert.doesNotMatch(attributes as string, /href="(?!https?:)/, tag)
    }
  }
})
