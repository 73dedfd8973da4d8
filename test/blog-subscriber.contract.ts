/** What subscribers have in their own hands, and what programs are told that subscribe. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Post } from '../blog/post.ts'
import { call } from './http.ts'
import type { Differences } from './running.ts'
import type { Stage } from './stage.ts'
import { askForMail, confirmLinkIn } from './subscriber.ts'
import {
  type Message,
  signedBy,
  type WebhookReceiver,
  webhookReceiver,
} from './webhook-receiver.ts'

const limitMs = 10_000

const preferencesIn = (text: string): string => {
  const link = /https?:\/\/[^\s"<>]+\/subscriptions\/preferences\/[\w-]+\.[\w-]+/.exec(text)?.[0]
  assert.ok(link, `a link to the preferences is in: ${text}`)
  return link
}
const secretsIn = (text: string): string[] => text.match(/whsec_[A-Za-z\d+/]+=*/g) ?? []

/** On a stage that is opened and closed around it: a start costs more than all of this. */
export function subscriberContract(opened: () => Stage, differences: Differences = {}): void {
  describe('subscribers', () => {
    let stage: Stage
    let receiver: WebhookReceiver
    before(async () => {
      stage = opened()
      receiver = await webhookReceiver()
    })
    after(() => receiver?.close())

    const read = async (url: string, status = 200): Promise<string> => {
      const answer = await call(url)
      assert.equal(answer.status, status, answer.text)
      return answer.text
    }
    /** Loads the page again and again, as a person does, until it shows that. */
    async function shows(url: string, what: RegExp): Promise<void> {
      const deadline = performance.now() + limitMs
      let page = await read(url)
      while (!what.test(page) && performance.now() < deadline) {
        await pause(20)
        page = await read(url)
      }
      assert.match(page, what)
    }
    /** Presses a button, and shows the page that it leads to. */
    async function press(url: string, form: Readonly<Record<string, string>>): Promise<string> {
      const answer = await call(url, { method: 'POST', form })
      assert.equal(answer.status, 303, answer.text)
      return read(new URL(String(answer.headers.location), url).href)
    }
    const told = (post: Post) =>
      receiver.messages.wait(({ data }) => data.id === post.id, `the message about ${post.id}`)
    const ask = (json: object) =>
      call(`${stage.blog().url}/api/subscriptions`, { method: 'POST', json })

    test('a program is told of new posts, signed, from when it has confirmed until it is gone', async () => {
      const topic = 'hooks'
      const wish = { url: `${receiver.url}/hook?a=b`, topic }
      assert.equal((await ask(wish)).status, 202)
      const isQuestion = ({ type }: Message) => type === 'subscription.confirmation'
      const question = await receiver.messages.wait(isQuestion, 'the question')
      assert.equal(question.path, '/hook?a=b')
      const witness = 'witness@example.org'
      await stage.subscribe(witness, topic)
      const { post: early } = await stage.api.post({ topic })
      // Whoever is to be told of it has been chosen by then.
      await stage.mailed(witness, early.id)

      const link = String(question.data.confirmUrl)
      const confirmed = await read(link)
      const [secret = ''] = secretsIn(confirmed)
      const preferences = preferencesIn(confirmed)
      const again = await read(link)
      assert.match(again, /already/i)
      assert.deepEqual(secretsIn(again), [])

      // It puts the first one off, and gets it again under the same name.
      receiver.answers.push({ status: 503, headers: { 'Retry-After': '1' } })
      const { post } = await stage.api.post({ topic })
      await receiver.messages.until(
        (all) => all.filter(({ data }) => data.id === post.id).length === 2,
        'the second try',
      )
      const [first, second] = receiver.messages.items.filter(({ data }) => data.id === post.id)
      assert.ok(first && second)
      assert.equal(first.headers['webhook-id'], second.headers['webhook-id'])
      for (const message of [first, second]) {
        assert.equal(message.type, 'blog.post.created')
        assert.deepEqual(signedBy(message, [secret]), [secret])
        const { entities: _, ...rest } = message.data
        const { entities: __, ...written } = post
        assert.deepEqual(rest, written)
      }
      assert.deepEqual(signedBy({ ...first, raw: `${first.raw} ` }, [secret]), [])
      assert.ok(!receiver.messages.items.some(({ data }) => data.id === early.id))

      const [, id = ''] = /name="id" value="([^"]+)"/.exec(await read(preferences)) ?? []
      const both = secretsIn(await press(preferences, { kind: 'rotate', id }))
      const [renewed = ''] = both
      assert.notEqual(renewed, secret)
      const { post: later } = await stage.api.post({ topic })
      assert.deepEqual(signedBy(await told(later), [renewed, secret]), [renewed, secret])

      receiver.answers.push({ status: 410 })
      await told((await stage.api.post({ topic })).post)
      const { post: last } = await stage.api.post({ topic })
      await stage.mailed(witness, last.id)
      assert.ok(!receiver.messages.items.some(({ data }) => data.id === last.id))
      assert.match(await read(preferences), /Nothing\./)
    })

    test('a reader sees and changes all of it by the link in each mail, and has it erased', async () => {
      const reader = 'own@example.org'
      const { text } = await askForMail(stage.blog().url, stage.mail, reader, 'begin')
      await read(confirmLinkIn(text) as string)
      assert.match(await read(confirmLinkIn(text) as string), /already/i)
      const preferences = preferencesIn(text)

      const page = await press(preferences, { kind: 'add', topic: 'more' })
      assert.ok(page.includes('begin') && page.includes('more'))
      const { post } = await stage.api.post({ topic: 'more' })
      const mail = await stage.mailed(reader, post.id)
      assert.equal(preferencesIn(mail.text), preferences)

      // Whoever has lost the link has it sent; who is not known is answered the same.
      const lost = (address: string) =>
        call(`${stage.blog().url}/subscriptions/preferences`, { method: 'POST', form: { address } })
      const [known, unknown] = [await lost(reader), await lost('stranger@example.org')]
      assert.deepEqual([known.status, known.text], [unknown.status, unknown.text])
      const sent = await stage.mail.mails.wait(
        ({ to, subject }) => to === reader && subject === 'Your subscriptions',
        'the link',
      )
      assert.equal(preferencesIn(sent.text), preferences)

      const data = JSON.parse(await read(`${preferences}/data`))
      assert.deepEqual(data.subscriptions.map(({ topic }: { topic: string }) => topic).sort(), [
        'begin',
        'more',
      ])
      assert.match(await press(preferences, { kind: 'erase' }), /Erased/)
      await stage.subscribe('stays@example.org', 'more')
      const { post: last } = await stage.api.post({ topic: 'more' })
      await stage.mailed('stays@example.org', last.id)
      assert.deepEqual(stage.mailsAbout(reader, last.id), [])
      assert.match(await read(preferences), /Nothing\./)
      assert.deepEqual(stage.mail.mailsTo('stranger@example.org'), [])
    })

    const suppressed = differences.without?.suppression ?? false
    test('a mailbox that there is not is offered one mail, and no other of any kind', {
      skip: suppressed,
    }, async () => {
      const [gone, stays] = ['nobody@example.org', 'somebody@example.org']
      for (const email of [gone, stays]) await stage.subscribe(email, 'bounces')
      const before = stage.mail.offersTo(gone)
      stage.mail.refuse(gone, 550)

      const mailed = async () => {
        const { post } = await stage.api.post({ topic: 'bounces' })
        await stage.mailed(stays, post.id)
      }
      await mailed()
      const [question] = stage.mail.mailsTo(gone)
      await shows(preferencesIn(question?.text ?? ''), /no such mailbox/)
      await mailed()
      const [known, unknown] = [
        await ask({ email: gone, topic: 'other' }),
        await ask({ email: 'new@example.org', topic: 'other' }),
      ]
      assert.deepEqual([known.status, known.text], [unknown.status, unknown.text])
      await stage.mail.mails.wait(({ to }) => to === 'new@example.org', 'the other’s question')
      await mailed()

      assert.equal(stage.mail.offersTo(gone), before + 1)
    })
  })
}
