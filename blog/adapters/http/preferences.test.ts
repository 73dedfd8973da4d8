import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { links } from '../../links.ts'
import { preferencesLink } from '../../preferences.ts'
import { aSubscription } from '../../testing/builders.ts'
import { aBlog, faultsOf } from './testing.ts'

const wish = aSubscription({ status: 'pending' })
const hookWish = aSubscription({
  ...{ id: wish.id.replace('65', '66'), status: 'pending' },
  ...{ protocol: 'https', endpoint: 'https://hooks.example/a' },
  ...{ confirmToken: 'confirm-hook', unsubscribeToken: 'unsubscribe-hook' },
})
const script = '"><script>alert(1)</script>'

async function opened(of: typeof wish = wish) {
  const blog = aBlog()
  const { subscriptions, access } = blog
  for (const one of [wish, hookWish]) {
    await subscriptions.subscribe(one, () => [])
    await subscriptions.confirm(one.confirmToken, new Date(one.requestedAt))
  }
  const uses = { seal: access.seal, links: links('http://blog.example') }
  return { ...blog, path: new URL(await preferencesLink(of, uses)).pathname }
}
const read = async (answer: Response, status = 200) => {
  assert.equal(answer.status, status)
  return answer.text()
}

describe('the page of preferences', () => {
  test('shows what a mailbox gets, for its reader alone', async () => {
    const { ask, path } = await opened()

    const answer = await ask(path)
    const page = await read(answer)

    assert.equal(answer.headers.get('Cache-Control'), 'no-store')
    assert.match(page, /Mail to <strong>reader@example\.org<\/strong>/)
    assert.match(page, /<a href="\/topics\/summer">summer<\/a>/)
    assert.doesNotMatch(page, /whsec_|hooks\.example|confirm-101|unsubscribe-101/)
  })

  test('changes nothing when it is opened, only by its buttons', async () => {
    const { ask, sendForm, path, subscriptions } = await opened()
    const [before] = subscriptions.all()
    for (const method of ['GET', 'HEAD'])
      for (const query of ['', '?kind=erase', '?kind=end-all']) await ask(path + query, { method })
    assert.equal(subscriptions.all().length, 2)

    const answer = await sendForm(path, { kind: 'end', id: before?.id ?? '' })

    assert.deepEqual([answer.status, answer.headers.get('Location')], [303, path])
    assert.match(await read(await ask(path)), /Nothing\./)
    assert.equal(subscriptions.all().length, 1)
  })

  test('begins another topic at once, and tells a topic that is none', async () => {
    const { ask, sendForm, path, subscriptions } = await opened()

    assert.equal((await sendForm(path, { kind: 'add', topic: script })).status, 303)
    const page = await read(await ask(path))

    assert.ok(page.includes('&quot;&gt;&lt;script&gt;') && !page.includes(script))
    assert.equal(subscriptions.all().filter(({ status }) => status === 'confirmed').length, 3)
    assert.deepEqual(subscriptions.outbox, [])
    const wrong = await sendForm(path, { kind: 'add', topic: 'a\r\nb' })
    const told = await read(await ask(wrong.headers.get('Location') ?? ''), 400)
    assert.match(told, /id="topic-fault"/)
  })

  test('gives all that is kept as a file, and erases it', async () => {
    const { ask, sendForm, path, subscriptions } = await opened()

    const file = await ask(`${path}/data`)
    assert.match(file.headers.get('Content-Disposition') ?? '', /^attachment; filename="/)
    const data = JSON.parse(await read(file))
    assert.equal(data.endpoint, wish.endpoint)
    assert.equal(data.subscriptions[0].topic, 'summer')
    const answer = await sendForm(path, { kind: 'erase' })

    assert.equal(answer.status, 303)
    const last = await read(await ask(answer.headers.get('Location') ?? ''))
    assert.match(last, /Nothing is kept/)
    assert.deepEqual(
      subscriptions.all().map(({ endpoint }) => endpoint),
      [hookWish.endpoint],
    )
  })

  test('of a webhook shows its key, and makes another', async () => {
    const { ask, sendForm, path, subscriptions } = await opened(hookWish)
    const secrets = async () => (await read(await ask(path))).match(/whsec_[\w+/=]+/g) ?? []
    const [first] = await secrets()
    assert.ok(first)

    await sendForm(path, { kind: 'rotate', id: hookWish.id })

    const [second] = await secrets()
    assert.notEqual(second, first)
    assert.equal(subscriptions.all()[1]?.key?.version, 2)
  })

  test('is not opened by a guess, and takes no wish that it does not know', async () => {
    const { ask, sendForm, path, subscriptions } = await opened()
    const [sealed = ''] = path.split('/').slice(-1)
    for (const guess of [
      'x',
      'a.b',
      `${sealed}x`,
      sealed.slice(1),
      '%00.a',
      `${sealed}.${sealed}`,
    ]) {
      await read(await ask(path.replace(sealed, guess)), 404)
      await read(await ask(`${path.replace(sealed, guess)}/data`), 404)
      await read(await sendForm(path.replace(sealed, guess), { kind: 'erase' }), 404)
    }
    for (const form of [{}, { kind: 'delete' }, { kind: 'end' }, { kind: 'end', id: "' or 1=1" }])
      await read(await sendForm(path, form as Record<string, string>), 400)
    const foreign = { Origin: 'https://evil.example' }
    await read(await sendForm(path, { kind: 'erase' }, foreign), 403)
    assert.equal(subscriptions.all().length, 2)
  })
})

describe('who has lost the link', () => {
  test('is answered the same whether or not the address is known', async () => {
    const { sendForm, subscriptions } = await opened()
    const answers = []
    for (const address of [wish.endpoint, hookWish.endpoint, 'nobody@example.org'])
      answers.push(await sendForm('/subscriptions/preferences', { address }))

    const told = answers.map(({ status, headers }) => [status, [...headers]])
    assert.equal(answers[0]?.status, 303)
    assert.deepEqual(told[1], told[0])
    assert.deepEqual(told[2], told[0])
    assert.equal(subscriptions.outbox.length, 2)
  })

  test('is told what is no address, and a program that fills in all is told nothing', async () => {
    const { ask, sendForm, calls } = aBlog()
    const form = await read(await ask('/subscriptions/preferences'))
    assert.match(form, /name="website" tabindex="-1"/)

    const bad = await read(await sendForm('/subscriptions/preferences', { address: script }), 400)
    assert.ok(bad.includes('id="address-fault"') && !bad.includes(script))
    const trapped = { address: 'a@example.org', website: 'x' }
    assert.equal((await sendForm('/subscriptions/preferences', trapped)).status, 303)

    assert.deepEqual(calls, [])
  })
})

describe('a wish for a webhook', () => {
  test('is taken by the API and by the form', async () => {
    const { send, sendForm, calls } = aBlog()
    const url = 'HTTPS://Hooks.example/a?b=C'
    assert.equal((await send('POST', '/api/subscriptions', { url, topic: 'summer' })).status, 202)
    assert.equal((await sendForm('/subscribe', { url, topic: 'summer' })).status, 303)

    const input = { url: 'https://hooks.example/a?b=C', topic: 'summer' }
    assert.deepEqual(
      calls,
      [1, 2].map(() => ({ on: 'POST /api/subscriptions', input })),
    )
  })

  test('is for https alone, and on this machine for http', async () => {
    const { send, sendForm, calls } = aBlog()
    for (const url of ['http://127.0.0.1:8080/a', 'http://localhost/a', 'http://[::1]/a'])
      assert.equal((await send('POST', '/api/subscriptions', { url, topic: 'x' })).status, 202)
    calls.length = 0
    for (const url of [
      ...['http://hooks.example/a', 'ftp://hooks.example', 'javascript:alert(1)', 'hooks.example'],
      ...['https://user:pass@hooks.example/', 'https://hooks.example/#a', 'https://', ''],
      ...[`https://hooks.example/${'a'.repeat(500)}`],
    ]) {
      const answer = await send('POST', '/api/subscriptions', { url, topic: 'x' })
      assert.equal(answer.status, 400, url)
      assert.match((await faultsOf(answer)).join(), /^url /, url)
    }
    const page = await read(
      await sendForm('/subscribe', { url: 'http://x.example', topic: '' }),
      400,
    )
    assert.match(page, /id="url-fault"/)
    assert.match(page, /id="topic-fault"/)
    assert.deepEqual(calls, [])
  })

  test('names one of both, and not what belongs to neither', async () => {
    const { send } = aBlog()
    const faults = async (body: object) => faultsOf(await send('POST', '/api/subscriptions', body))

    assert.deepEqual(await faults({}), ['email must be an e-mail address', 'topic is missing'])
    assert.deepEqual(await faults({ url: 'x', topic: 1 }), [
      'url must be an address like https://example.org/hook, without a user or #',
      'topic must be a string',
    ])
    const both = { email: 'a@example.org', url: 'https://x.example', topic: 'x' }
    assert.deepEqual(await faults(both), ['url is not known here'])
  })
})

test('a form that a program has filled in is answered as ever, and dropped', async () => {
  const { ask, sendForm, calls } = aBlog()
  for (const path of ['/subscribe', '/subscribe/webhook'])
    assert.match(await read(await ask(path)), /name="website" tabindex="-1" autocomplete="off"/)
  const wish = { email: 'reader@example.org', topic: 'summer' }

  const good = await sendForm('/subscribe', { ...wish, website: '' })
  const trapped = await sendForm('/subscribe', { ...wish, website: 'https://spam.example' })

  assert.deepEqual([trapped.status, [...trapped.headers]], [good.status, [...good.headers]])
  assert.equal(calls.length, 1)
})

test('no line break comes through the forms and the API into a mail', async () => {
  const { send, sendForm, calls } = aBlog()
  const evil = 'a\r\nBcc: b@example.org'
  const wishes = [
    { email: `a@example.org\r\nBcc: b@example.org`, topic: 'x' },
    { email: 'a@example.org\n', topic: 'x' },
    { email: 'a@example.org', topic: evil },
  ]
  for (const wish of wishes) {
    assert.equal((await send('POST', '/api/subscriptions', wish)).status, 400)
    assert.equal((await sendForm('/subscribe', wish)).status, 400)
  }
  const draft = { author: 'a', title: evil, body: 'b', topic: 'x' }
  assert.equal((await send('POST', '/api/posts', draft)).status, 400)
  assert.deepEqual(calls, [])
})

test('a confirm link that was opened says so, and a webhook is told its key', async () => {
  const answers = [
    { topic: 'summer', isNew: false },
    { topic: 'summer', isNew: true, protocol: 'https', secret: 'whsec_x', preferences: '/p' },
  ]
  const { ask } = aBlog({ call: async () => answers.shift() })
  const path = `/subscriptions/confirm/${'a'.repeat(22)}`

  const again = await read(await ask(path))
  assert.match(again, /Confirmed already/)
  assert.doesNotMatch(again, /preferences\/\S+"/)
  const first = await read(await ask(path))
  assert.match(first, /<code>whsec_x<\/code>/)
  assert.match(first, /href="\/p"/)
})
