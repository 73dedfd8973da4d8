/** Where authors are named, they write who can read their mail, and nobody else does. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { aDraft } from './api.ts'
import { call } from './http.ts'
import type { Start } from './running.ts'
import { type Open, openStage, type Stage } from './stage.ts'

/** The one whom a stack on AWS is made for. */
const ann = 'ann@example.org'
/** As a browser says that one of our own pages sends it. */
const own = { 'sec-fetch-site': 'same-origin' }

interface Choices {
  /** Whether what was kept is looked for again after a kill, which costs each function on AWS a start. */
  readonly isKilled?: boolean
  /** To a stage whose author is `ann`. */
  readonly open?: Open
}

export function signInContract(
  start: Start,
  { isKilled = true, open = () => openStage(start, { authors: ann }) }: Choices = {},
): void {
  describe('authors who sign in', () => {
    let stage: Stage
    before(async () => {
      stage = await open()
    })
    afterEach((t) => stage.explain(t))
    after(() => stage.close())

    const at = (path: string) => `${stage.blog().url}${path}`
    const get = (path: string, cookie: string) => call(at(path), { headers: { cookie } })
    const send = (path: string, form: Readonly<Record<string, string>>, headers = {}) =>
      call(at(path), { method: 'POST', form, headers: { ...own, ...headers } })
    const post = (headers: Readonly<Record<string, string>>) =>
      call(at('/api/posts'), { method: 'POST', json: aDraft(), headers })

    /** Presses the button of the page that a link leads to, and answers the cookie. */
    async function follow(link: string): Promise<string> {
      const path = new URL(link).pathname
      const page = await call(at(path))
      assert.equal(page.status, 200, page.text)
      assert.equal(page.headers['set-cookie'], undefined, 'opening it is not enough')
      const answer = await send(path, { x: '' })
      assert.equal(answer.status, 303, answer.text)
      assert.equal((await send(path, { x: '' })).status, 410, 'it works once')
      return String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    }
    async function mailedLink(): Promise<string> {
      const { length } = stage.mail.mailsTo(ann)
      await send('/sign-in', { email: 'eve@example.org', to: '/' })
      const answer = await send('/sign-in', { email: ann, to: '/account' })
      assert.deepEqual([answer.status, answer.headers.location], [303, '/sign-in/requested'])
      const mail = await stage.mail.mails.wait(
        ({ to }) => to === ann && stage.mail.mailsTo(ann).length > length,
        'the mail with a link to sign in by',
      )
      return /^https?:\/\/\S+\/sign-in\/\S+$/m.exec(mail.text)?.[0] ?? ''
    }
    async function madeToken(cookie: string): Promise<string> {
      const answer = await send('/account/tokens', { name: 'CI' }, { cookie })
      return /<code>(bb_[\w-]+)<\/code>/.exec(answer.text)?.[1] ?? answer.text
    }

    test(`write with a session or a token${isKilled ? ', also after a kill,' : ''} until they end it`, async () => {
      assert.equal((await post({})).status, 401)
      const printed = /^ {2}(http\S+\/sign-in\/\S+)$/m.exec(stage.blog().output())?.[1]
      if (printed !== undefined)
        assert.equal((await get('/account', await follow(printed))).status, 200)

      const { authorToken } = stage.blog()
      if (authorToken !== undefined) {
        const typed = await send('/sign-in/token', { token: authorToken, to: '/' })
        const mine = String(typed.headers['set-cookie']?.[0]).split(';')[0] ?? ''
        assert.equal((await get('/account', mine)).status, 200, typed.text)
      }

      const cookie = await follow(await mailedLink())
      assert.deepEqual(stage.mail.mailsTo('eve@example.org'), [])
      const [token, other] = [await madeToken(cookie), await madeToken(cookie)]
      const written = await post({ authorization: `Bearer ${token}` })
      assert.equal(written.status, 201, written.text)
      assert.ok([401, 403].includes((await post({ authorization: 'Bearer bb_guess' })).status))

      if (isKilled) {
        await stage.blog().kill()
        await stage.startAgain()
        assert.doesNotMatch(stage.blog().output(), /\/sign-in\//, 'somebody has signed in')
      }
      const account = await get('/account', cookie)
      assert.equal(account.status, 200, account.text)
      assert.equal((await post({ authorization: `Bearer ${token}` })).status, 201)
      assert.ok(account.text.includes(token.slice(-4)) && !account.text.includes(token))
      const hashes = [...account.text.matchAll(/name="hash" value="(\w+)"/g)]
      for (const [, hash = ''] of hashes)
        assert.equal((await send('/account/tokens/revoke', { hash }, { cookie })).status, 303)
      assert.ok([401, 403].includes((await post({ authorization: `Bearer ${other}` })).status))

      const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', cookie }
      assert.equal((await send('/sign-out', { everywhere: 'yes' }, evil)).status, 403)
      assert.equal((await send('/sign-out', { everywhere: 'yes' }, { cookie })).status, 303)
      const gone = await get('/account', cookie)
      assert.deepEqual([gone.status, gone.headers.location], [303, '/sign-in?to=%2Faccount'])
      assert.doesNotMatch(stage.blog().output(), /eve@example|bb_/)
    })
  })
}
