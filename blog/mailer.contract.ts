/** What every `Mailer` does, whoever takes its mails. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { DeliveryRefused } from '@busbar/event-bus'
import type { Mail, Mailer } from './ports.ts'

/** A mail as a mail program shows it. */
export interface TakenMail {
  /** Without angle brackets. */
  readonly messageId: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

export interface MailerUnderTest {
  readonly mailer: Mailer
  /** The mails with that id which have been taken so far. */
  taken(messageId: string): Promise<readonly TakenMail[]>
  /** What the next mails are answered; or why this mailer has nobody who could refuse one. */
  readonly answer: ((next: 'take' | 'refuse' | 'put off') => void) | { readonly skip: string }
  close(): Promise<void>
}

/** Of a part as `postal-mime` has it, which counts the line break before a boundary to it; RFC 2046 does not. */
export const contentOf = (part = ''): string => part.replace(/\n$/, '')

let count = 0

export const aMail = (fields: Partial<Mail> = {}): Mail => ({
  messageId: `post-${++count}.reader@blog.example`,
  to: 'reader@example.org',
  subject: 'Title',
  text: 'Joe is going to Spain\n',
  html: '<!doctype html>\n<p>Joe is going to <b>Spain</b></p>\n',
  ...fields,
})

export function mailerContract(name: string, make: () => Promise<MailerUnderTest>): void {
  suite(`${name} is a Mailer`, () => {
    let it: MailerUnderTest
    before(async () => {
      it = await make()
    })
    after(() => it.close())

    async function sent(mail: Mail): Promise<TakenMail> {
      await it.mailer.send(mail)
      const [taken, ...others] = await it.taken(mail.messageId)
      assert.ok(taken, 'the mail was taken')
      assert.equal(others.length, 0)
      return taken
    }

    test('brings a mail with its Message-ID to its recipient', async () => {
      const mail = aMail({ to: 'joe@example.org' })
      const taken = await sent(mail)
      assert.equal(taken.messageId, mail.messageId)
      assert.equal(taken.to, 'joe@example.org')
    })

    test('gives a mail that is sent again the same Message-ID', async () => {
      const mail = aMail()
      await it.mailer.send(mail)
      await it.mailer.send(mail)
      const taken = await it.taken(mail.messageId)
      assert.ok(taken.length === 1 || taken.length === 2)
      assert.deepEqual(new Set(taken.map(({ messageId }) => messageId)), new Set([mail.messageId]))
    })

    test('offers to unsubscribe with one POST', async () => {
      const unsubscribe = `https://blog.example/subscriptions/unsubscribe/${'t'.repeat(200)}?a=b`
      const { headers } = await sent(aMail({ unsubscribe }))
      assert.equal(headers['list-unsubscribe'], `<${unsubscribe}>`)
      assert.equal(headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click')
    })

    test('offers nothing of the kind in a mail that no subscription is behind', async () => {
      const { headers } = await sent(aMail())
      assert.equal(headers['list-unsubscribe'], undefined)
      assert.equal(headers['list-unsubscribe-post'], undefined)
    })

    const texts = {
      'letters of all the world': 'Zażółć gęślą jaźń, Ελλάδα, 東京, عربى\n',
      'emoji of several code points': '👩‍👩‍👧‍👦 and 🇪🇸 and ☀️\n',
      'a line of 5,000 characters': `${'long '.repeat(1_000)}end\n`,
      'a line of 5,000 characters without a blank': `${'é'.repeat(5_000)}\n`,
      'lines that begin with dots': '.\n..\n.hidden\n',
      'lines that look like headers and separators': 'From me\nSubject: no\n-- \n--b\n',
      'equals signs and percents': '=41 =?utf-8?q?no?= 100% =\n',
      'what looks like the end of a part':
        '--=_twins--\n\n--=_twins\nContent-Type: text/html\n\n<b>no</b>\n',
      'blanks at the ends of lines': 'two  \n\ttab\t\n\n  in\n',
    }
    for (const [what, text] of Object.entries(texts)) {
      test(`brings ${what} unharmed in the text and in its twin`, async () => {
        const html = `<p>${text}</p>\n`
        const taken = await sent(aMail({ text, html }))
        assert.deepEqual([taken.text, taken.html], [text, html])
      })
    }

    const subjects = {
      'letters of all the world': 'Zażółć gęślą jaźń 東京',
      emoji: 'Summer ☀️ 👩‍👩‍👧‍👦',
      '200 characters': 'seven c '.repeat(25).trim(),
      '200 characters that need encoding': '東京 '.repeat(66).trim(),
      'what looks like an encoded word': '=?utf-8?q?no?= and = and ?',
    }
    for (const [what, subject] of Object.entries(subjects)) {
      test(`brings ${what} unharmed in the subject`, async () => {
        assert.equal((await sent(aMail({ subject }))).subject, subject)
      })
    }

    test('lets no line break in a subject or an id begin a header or a part', async () => {
      const evil = '\r\nBcc: spy@example.org\r\n\r\n<b>Another text</b>'
      const mail = aMail({ unsubscribe: `https://blog.example/${evil}` })
      const taken = await sent({ ...mail, subject: `Title${evil}` })
      assert.equal(taken.headers.bcc, undefined)
      assert.deepEqual([taken.to, taken.text, taken.html], [mail.to, mail.text, mail.html])
    })

    test('throws DeliveryRefused when the mail will never be taken', async (t) => {
      if (typeof it.answer !== 'function') return t.skip(it.answer.skip)
      it.answer('refuse')
      const mail = aMail()
      await assert.rejects(it.mailer.send(mail), DeliveryRefused)
      assert.deepEqual(await it.taken(mail.messageId), [])
    })

    test('throws something else when the mail may be taken later, and then brings it', async (t) => {
      if (typeof it.answer !== 'function') return t.skip(it.answer.skip)
      it.answer('put off')
      const mail = aMail()
      await assert.rejects(it.mailer.send(mail), (error) => !(error instanceof DeliveryRefused))
      assert.deepEqual(await it.taken(mail.messageId), [])
      it.answer('take')
      assert.equal((await sent(mail)).messageId, mail.messageId)
    })
  })
}
