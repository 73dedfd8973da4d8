import assert from 'node:assert/strict'
import { test } from 'node:test'
import { links } from './links.ts'

test('links lead to the pages behind the public address', () => {
  const { post, confirm, unsubscribe } = links('https://example.org/blog')

  assert.equal(post('1'), 'https://example.org/blog/posts/1')
  assert.equal(confirm('t'), 'https://example.org/blog/subscriptions/confirm/t')
  assert.equal(unsubscribe('t'), 'https://example.org/blog/subscriptions/unsubscribe/t')
})

test('a Message-ID stands behind the host, without port or brackets', () => {
  assert.equal(links('https://blog.example.org:8443').host, 'blog.example.org')
  assert.equal(links('http://[::1]:3000').host, '::1')
})
