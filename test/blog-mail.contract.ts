/** The issue's own post, from the author to the subscribers, and how a subscription begins and ends. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { PostProgress } from '../blog/progress.ts'
import { aDraft } from './api.ts'
import { subscriberContract } from './blog-subscriber.contract.ts'
import { progressUntil } from './crowd.ts'
import { call } from './http.ts'
import type { Differences } from './running.ts'
import type { Open, Stage } from './stage.ts'
import { askForMail, confirmLinkIn, unsubscribeLinkOf } from './subscriber.ts'

/** Text to whom reads it, whatever it is to programs. */
const odd = '<script>alert(1)</script> & =?utf-8?q?no?='

const linksOf = (twin: string, url: string) =>
  new Set(
    [...twin.matchAll(/https?:\/\/[^\s"'<>]+/g)]
      .map(([link]) => link)
      .filter((link) => link.startsWith(url)),
  )

export function mailContract(openStage: Open, differences: Differences = {}): void {
  describe('mail to subscribers', () => {
    let stage: Stage
    before(async () => {
      stage = await openStage()
    })
    afterEach((t) => stage.explain(t))
    after(() => stage.close())

    test('a post is answered at once, recognised, and mailed to the confirmed subscribers of its topic only', async () => {
      const { url } = stage.blog()
      await stage.subscribe('summer@example.org', 'summer')
      await stage.subscribe('winter@example.org', 'winter')
      await askForMail(url, stage.mail, 'unconfirmed@example.org', 'summer')
      const summer = await stage.openWatch({ topic: 'summer' })

      const answer = await call(`${url}/api/posts`, { method: 'POST', json: aDraft() })
      assert.equal(answer.status, 201, answer.text)
      const post = answer.json<{ readonly id: string; readonly createdAt: string }>()
      assert.deepEqual(post, { id: post.id, createdAt: post.createdAt, ...aDraft() })
      assert.ok(post.id.length > 0)
      assert.ok(Math.abs(Date.parse(post.createdAt) - Date.now()) < 60_000)
      assert.equal(new Date(post.createdAt).toISOString(), post.createdAt)
      assert.equal(new URL(String(answer.headers.location), url).pathname, `/api/posts/${post.id}`)

      const entities = { locations: ['Spain'], persons: ['Joe'], organizations: [] }
      await summer.wait(({ post }) => post?.entities !== undefined, 'the frame with the entities')
      assert.deepEqual(await stage.api.find(post.id), { ...post, ...aDraft(), entities })

      const mail = await stage.mailed('summer@example.org', post.id)
      assert.equal(mail.subject, 'Title')
      assert.match(mail.text, /Joe is going to Spain/)
      assert.match(mail.html, /^<!doctype html>[\s\S]*<p [^>]*>Joe is going to Spain/)
      assert.deepEqual(linksOf(mail.html, url), linksOf(mail.text, url))
      assert.ok(linksOf(mail.html, url).has(`${url}/posts/${post.id}`))
      assert.match(mail.messageId, /^<[^<>@\s]+@[^<>@\s]+>$/)
      assert.equal(mail.headers.get('list-unsubscribe-post'), 'List-Unsubscribe=One-Click')
      assert.ok(unsubscribeLinkOf(mail).startsWith(`${url}/`))

      // Later posts, whose mails come, show that none is still on its way.
      const { post: later } = await stage.api.post({ title: odd, body: odd })
      const { post: cold } = await stage.api.post({ title: 'Cold', topic: 'winter' })
      const { html } = await stage.mailed('summer@example.org', later.id)
      assert.match(
        html,
        /<h1[^>]*>&lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; =\?utf-8\?q\?no\?=</,
      )
      assert.doesNotMatch(html, /<script/)
      await stage.mailed('winter@example.org', cold.id)
      const subjectsTo = (email: string) => stage.mail.mailsTo(email).map(({ subject }) => subject)
      assert.deepEqual(subjectsTo('summer@example.org').slice(1), ['Title', odd])
      assert.deepEqual(subjectsTo('winter@example.org').slice(1), ['Cold'])
      assert.equal(stage.mail.mailsTo('unconfirmed@example.org').length, 1, 'only the question')

      const way = await progressUntil(url, post.id, ({ isFinished }) => isFinished, 30_000)
      const { mailed, called, failures } = way.at(-1) as PostProgress
      assert.deepEqual([mailed.of, mailed.done, called.of, failures], [1, 1, 0, []])
    })

    test('asking for mail is answered the same whether or not the address is known', async () => {
      await stage.subscribe('known@example.org', 'privacy')
      const ask = (email: string) =>
        call(`${stage.blog().url}/api/subscriptions`, {
          method: 'POST',
          json: { email, topic: 'privacy' },
        })
      const known = await ask('known@example.org')
      const unknown = await ask('unknown@example.org')
      assert.equal(known.status, 202)
      assert.deepEqual([known.status, known.text], [unknown.status, unknown.text])
    })

    test('a confirm link that nobody was sent confirms nothing', async () => {
      const { text } = await askForMail(
        stage.blog().url,
        stage.mail,
        'nearly@example.org',
        'guesses',
      )
      const link = confirmLinkIn(text) as string
      const guessed = link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      const answer = await call(guessed)
      assert.ok(answer.status >= 400 && answer.status < 500, `answered ${answer.status}`)

      await stage.subscribe('sure@example.org', 'guesses')
      const { post } = await stage.api.post({ topic: 'guesses' })
      await stage.mailed('sure@example.org', post.id)
      assert.deepEqual(stage.mailsAbout('nearly@example.org', post.id), [])
    })

    test('opening the unsubscribe link ends nothing, one POST to it ends the mails', async () => {
      const [leaver, stayer] = ['leaver@example.org', 'stayer@example.org']
      await stage.subscribe(leaver, 'autumn')
      await stage.subscribe(stayer, 'autumn')
      const { post: first } = await stage.api.post({ topic: 'autumn', title: 'First' })
      const link = unsubscribeLinkOf(await stage.mailed(leaver, first.id))

      for (const method of ['GET', 'HEAD']) {
        const opened = await call(link, { method })
        assert.equal(opened.status, 200, `${method} ${opened.text}`)
      }
      const { post: second } = await stage.api.post({ topic: 'autumn', title: 'Second' })
      await stage.mailed(leaver, second.id)

      // As a mail provider sends it (RFC 8058): from anywhere, without cookies or a question.
      const left = await call(link, {
        method: 'POST',
        form: { 'List-Unsubscribe': 'One-Click' },
        headers: { origin: 'https://mail.example' },
      })
      assert.equal(left.status, 200, left.text)
      const again = await call(link, { method: 'POST', form: { 'List-Unsubscribe': 'One-Click' } })
      assert.equal(again.status, 200, 'done twice it is done once')

      for (const title of ['Third', 'Fourth']) {
        const { post } = await stage.api.post({ topic: 'autumn', title })
        await stage.mailed(stayer, post.id)
        assert.deepEqual(stage.mailsAbout(leaver, post.id), [], title)
      }
    })

    test('who has left can come back, by confirming again', async () => {
      const reader = 'returning@example.org'
      await stage.subscribe(reader, 'return')
      const { post: first } = await stage.api.post({ topic: 'return' })
      const left = await call(unsubscribeLinkOf(await stage.mailed(reader, first.id)), {
        method: 'POST',
        form: { 'List-Unsubscribe': 'One-Click' },
      })
      assert.equal(left.status, 200)
      const questions = () => stage.mail.mailsTo(reader).filter(({ text }) => confirmLinkIn(text))
      assert.equal(questions().length, 1)

      await call(`${stage.blog().url}/api/subscriptions`, {
        method: 'POST',
        json: { email: reader, topic: 'return' },
      })
      await stage.mail.mails.until(() => questions().length === 2, 'a second question')
      const confirmed = await call(confirmLinkIn(questions()[1]?.text ?? '') as string)
      assert.equal(confirmed.status, 200)
      const { post: second } = await stage.api.post({ topic: 'return' })
      await stage.mailed(reader, second.id)
    })

    test('mails that are sent are not shown on a page', async () => {
      assert.equal((await call(`${stage.blog().url}/mailbox`)).status, 404)
    })

    test('an edit mails nobody again', async () => {
      const reader = 'editions@example.org'
      await stage.subscribe(reader, 'editions')
      const { post } = await stage.api.post({ topic: 'editions', title: 'First edition' })
      await stage.mailed(reader, post.id)

      const page = await stage.openWatch({ postId: post.id })
      await stage.api.edit(post.id, { title: 'Second edition', body: 'Ann is going to Portugal' })
      await page.wait(
        ({ post }) => post?.entities?.persons.includes('Ann') ?? false,
        'the entities of the new text, which its event brings',
      )
      const { post: later } = await stage.api.post({ topic: 'editions' })
      await stage.mailed(reader, later.id)
      assert.equal(stage.mailsAbout(reader, post.id).length, 1)
    })

    subscriberContract(() => stage, differences)
  })
}
