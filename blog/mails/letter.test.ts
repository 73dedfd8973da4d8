import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirmation } from './confirmation.ts'
import { html, trusted } from './html.ts'
import { newPost } from './new-post.ts'
import { preferencesAgain } from './preferences-again.ts'
import { signInLink } from './sign-in-link.ts'
import { styled } from './styles.ts'

const site = 'https://blog.test'
const its = {
  ...{ post: `${site}/posts/1`, unsubscribe: `${site}/u/1`, preferences: `${site}/p/a.b-c` },
  ...{ topic: 'summer', rendered: '<p>Hello</p>' },
}
const aPost = { author: 'Ann', title: 'Title', body: 'Hello' }
const all = (hostile = 'summer') => ({
  newPost: newPost(
    { ...aPost, title: hostile, author: hostile, body: hostile },
    { ...its, topic: hostile },
  ),
  confirmation: confirmation(hostile, { confirm: `${site}/c/1`, preferences: its.preferences }),
  preferencesAgain: preferencesAgain(its.preferences),
  signInLink: signInLink(hostile, `${site}/sign-in/a.b`),
})
const linksIn = (text: string) => new Set(text.match(/https:\/\/blog\.test[\w./-]*/g))
const shown = (document: string) => document.slice(document.indexOf('<body'))

for (const [name, { text, html: twin }] of Object.entries(all()))
  test(`${name} leads to the same places in both of its twins, in the text on lines of their own`, () => {
    const places = linksIn(text)
    assert.ok(places.size > 0)
    assert.deepEqual(linksIn(shown(twin)), places)
    for (const place of places) {
      assert.ok(twin.includes(`href="${place}"`), place)
      assert.ok(text.split('\n').includes(place), place)
    }
  })

for (const [name, { html: twin }] of Object.entries(all()))
  test(`${name} loads nothing from anywhere, and its rules are in no other place than its head`, () => {
    assert.doesNotMatch(twin, /<(?:img|link|script|iframe|object|form|svg)\b|url\(|@import|src=/i)
    assert.match(twin, /^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/)
    assert.doesNotMatch(shown(twin), /<style/)
  })

const hostile =
  '</title></style><script>alert(1)</script>"\' onload=x &amp; <b>\r\nBcc: a@b\r\n\r\n'
for (const [name, mail] of Object.entries(all(hostile)))
  test(`${name} has what others wrote as text, on one line of the subject`, () => {
    assert.doesNotMatch(mail.subject, /[\r\n]/)
    assert.doesNotMatch(mail.html, /<script|<\/title><|<b>|"' onload|\r/)
    if (name !== 'preferencesAgain')
      assert.match(
        mail.html,
        /&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&#39; onload=x &amp;amp; &lt;b&gt;/,
      )
    const tags = (twin: string) => twin.match(/<[a-z!/][^>]*>/g)?.length
    const tame = all()[name as keyof ReturnType<typeof all>]
    assert.equal(tags(mail.html), tags(tame.html))
  })

test('a text has each paragraph on one line, and its post as it was written', () => {
  const body = `${'long '.repeat(50)}\n\n> quoted  \n`
  const { text } = newPost({ ...aPost, title: 'A\r\n title', body }, { ...its, topic: 'a\nb' })
  const foot = [
    '\n\nRead it on the blog:\nhttps://blog.test/posts/1\n\n--',
    'You get this because you asked for posts about “a b”.',
    'No more of these:\nhttps://blog.test/u/1',
    'All that you have asked for:\nhttps://blog.test/p/a.b-c\n',
  ]
  assert.equal(text, `A title\nby Ann\n\n${body}${foot.join('\n')}`)
})

test('a post that programs would cut is begun in HTML, and whole as text', () => {
  const body = `# Long\n\n${'word '.repeat(9_000)}`
  for (const rendered of [`<p>${'w'.repeat(90_000)}</p>`, `<p>${'東'.repeat(40_000)}</p>`]) {
    const { text, html: twin } = newPost({ ...aPost, body }, { ...its, rendered })
    assert.ok(text.includes(body))
    assert.ok(twin.length < 10_000 && twin.includes('href="https://blog.test/u/1"'))
    assert.match(twin, /<p style="[^"]+">Long\. word [^<]*…<\/p><p[^>]*>The post is too long/)
  }
  const rendered = `<p>${'w'.repeat(80_000)}</p>`
  assert.ok(newPost({ ...aPost, body }, { ...its, rendered }).html.includes('w'.repeat(80_000)))
})

test('a list of mails shows the beginning of the post behind its subject', () => {
  const { html: twin } = newPost({ ...aPost, body: '# News\n\n**Joe** is going' }, its)
  assert.match(twin, /<body[^>]*>\n<div style="display:none[^>]*>News\. Joe is going&#847;/)
})

test('a template makes markup of markup alone', () => {
  assert.equal(html`<a title="${'"'}">${'<'}</a>`.markup, '<a title="&quot;">&lt;</a>')
  assert.equal(html`${[html`<i>${'&'}</i>`, trusted('<b>')]}`.markup, '<i>&amp;</i>\n<b>')
  assert.equal(html`\n${'$&'}`.markup, '\n$&amp;')
})

test('each tag of a body has its style, and no text is taken for one', () => {
  assert.match(styled('<h2>A</h2><p>b</p>'), /^<h2 style="[^"]+">A<\/h2><p style="[^"]+">b<\/p>$/)
  assert.match(styled('<td class="right">1</td>'), /^<td style="[^"]*text-align:right">1<\/td>$/)
  assert.match(styled('<td>1</td>'), /text-align:left/)
  assert.match(styled('<hr /><a href="x">'), /^<hr style="[^"]+" \/><a style="[^"]+" href="x">$/)
  assert.equal(styled('<em>&lt;p&gt; a < b</em>'), '<em>&lt;p&gt; a < b</em>')
})
