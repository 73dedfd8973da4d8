import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailPage } from './mailbox-page.ts'

const linksIn = (text: string, publicUrl = 'http://blog.example:3000'): readonly string[] => {
  const mail = { messageId: 'a@b', from: 'a', to: 'b', subject: 's', html: null, headers: {} }
  const page = String(mailPage({ ...mail, text, at: '2026-01-02T03:04:05.678Z' }, publicUrl).main)
  return [...page.matchAll(/<a href="(http[^"]*)">([^<]*)<\/a>/g)].map(([, href, shown]) => {
    assert.equal(href, shown)
    return href as string
  })
}

test('only links to this site can be clicked', () => {
  const site = 'http://blog.example:3000'
  assert.deepEqual(linksIn(`${site}/a, (${site}/b) and ${site}.`), [`${site}/a`, `${site}/b`, site])
  for (const other of [
    'http://blog.example:30001/a',
    'http://blog.example:3000@evil.example/',
    'http://blog.example:3000.evil.example/',
    'https://blog.example:3000/a',
    'javascript:alert(1)',
    `http://evil.example/${site}/a`,
  ])
    assert.deepEqual(linksIn(`See ${other} now`), [], other)
})

test('a public address that ends with a slash is the same site', () => {
  assert.deepEqual(linksIn('http://a.example/x', 'http://a.example/'), ['http://a.example/x'])
})

test('quotes and brackets of a text end no attribute', () => {
  assert.deepEqual(linksIn('http://blog.example:3000/a"onclick="x'), ['http://blog.example:3000/a'])
})
