import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signIn } from '../handlers/sign-in.ts'
import { signOut } from '../handlers/sign-out.ts'
import { blogPorts } from '../testing.ts'
import { firstLink } from './first-link.ts'

const authors = ['ann@example.org', 'bob@example.org']
const smtpUrl = 'smtp://mail.example.org'

test('a start prints a link by which the first author signs in', async () => {
  const ports = blogPorts()

  const link = await firstLink({ authors, smtpUrl }, ports)

  const [, sealed = ''] = /^https:\/\/blog\.test\/sign-in\/(.+)$/.exec(link ?? '') ?? []
  assert.equal((await signIn({ sealed, before: null }, ports))?.author, 'ann@example.org')
})

test('a start prints none where nobody signs in by mail', async () => {
  const ports = blogPorts()

  assert.equal(await firstLink({ authors: [], smtpUrl: null }, ports), null)
  assert.deepEqual(ports.credentials.all(), [])
})

test('with a mail server none is printed once an author has ever signed in', async () => {
  const ports = blogPorts()
  const signedIn = await signIn({ author: 'bob@example.org', before: null }, ports)
  assert.equal(await firstLink({ authors, smtpUrl }, ports), null)

  await signOut({ session: signedIn?.session ?? '', everywhere: true }, ports)

  assert.equal(await firstLink({ authors, smtpUrl }, ports), null)
  assert.ok(await firstLink({ authors: ['new@example.org'], smtpUrl }, ports), 'others have not')
})

test('where mails are kept one is printed until an author is signed in, and again after that', async () => {
  const ports = blogPorts()
  assert.ok(await firstLink({ authors, smtpUrl: null }, ports))
  const signedIn = await signIn({ author: 'bob@example.org', before: null }, ports)
  assert.equal(await firstLink({ authors, smtpUrl: null }, ports), null)

  await signOut({ session: signedIn?.session ?? '', everywhere: false }, ports)

  assert.ok(await firstLink({ authors, smtpUrl: null }, ports))
})
