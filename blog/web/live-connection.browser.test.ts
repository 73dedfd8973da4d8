import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { anId } from '../adapters/http/testing.ts'
import { aPage, aPost, updated } from './testing.ts'

describe('the connection of a page', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  test('a page that was cut off says so, comes back and asks for what came after its newest change', async () => {
    const { open, line, live, said, article, page, close } = await aPage(browser)
    await open('/topics/summer')
    const first = await line()
    await first.accept()
    first.send(updated('INSERT', aPost(), 'cursor-5'))
    await article(anId(1)).waitFor()
    await first.hangUp()
    await live('off')
    await said(/connection is lost/)

    const second = await line()
    assert.deepEqual(await second.accept(), { topic: 'summer', after: 'cursor-5' })
    await live('on')
    assert.equal(await page.getByRole('status').textContent(), '')
    second.send(updated('INSERT', aPost({ id: anId(2) }), 'cursor-6'))
    await article(anId(2)).waitFor()
    await close()
  })

  test('it tries again ever more rarely, though never more rarely than twice a minute', async () => {
    const { open, line, live, page, close } = await aPage(browser)
    await page.clock.install()
    await open('/topics/summer')
    const now = () => page.evaluate(() => performance.now())
    const waits: number[] = []
    let socket = await line()
    for (let n = 0; n < 9; n++) {
      await socket.accept()
      await live('on')
      const from = await now()
      await socket.hangUp()
      await live('off')
      const next = line()
      let isBack = false
      void next.then(() => {
        isBack = true
      })
      for (let steps = 0; !isBack && steps < 400; steps++) await page.clock.runFor(100)
      socket = await next
      waits.push((await now()) - from)
    }
    assert.ok(
      waits.every((ms) => ms >= 500 && ms < 31_500),
      `${waits}`,
    )
    assert.ok((waits[0] ?? 0) < 2_500, `${waits}`)
    assert.ok(
      waits.slice(-3).every((ms) => ms >= 15_000),
      `${waits}`,
    )
    await close()
  })

  test('a home page that comes back asks for all that came after its newest change', async () => {
    const { open, keep, line, article, close } = await aPage(browser)
    keep(aPost())
    await open('/')
    const first = await line()
    assert.deepEqual(await first.accept(), { all: true, after: 'cursor-1' })
    first.send(
      updated('INSERT', aPost({ id: anId(3), topic: 'winter' }), 'cursor-8'),
      updated('INSERT', aPost({ id: anId(2) }), 'cursor-7'),
    )
    await article(anId(2)).waitFor()
    await first.hangUp()
    assert.deepEqual(await (await line()).accept(), { all: true, after: 'cursor-8' })
    await close()
  })

  test('a change that comes twice, or after a newer one of its post, changes nothing', async () => {
    const { open, keep, line, article, ids, close } = await aPage(browser)
    keep(aPost())
    await open('/topics/summer')
    const socket = await line()
    await socket.accept()
    socket.send(
      updated('MODIFY', aPost({ title: 'Newer' }), 'cursor-5'),
      updated('MODIFY', aPost({ title: 'Older' }), 'cursor-4'),
      updated('INSERT', aPost({ id: anId(2) }), 'cursor-6'),
      updated('REMOVE', { id: anId(2), topic: 'summer' }, 'cursor-7'),
      updated('INSERT', aPost({ id: anId(2) }), 'cursor-6'),
      updated('INSERT', aPost({ id: anId(3) }), 'cursor-8'),
    )
    await article(anId(3)).waitFor()
    assert.deepEqual(await ids(), [anId(3), anId(1)])
    assert.match((await article(anId(1)).textContent()) ?? '', /Newer/)
    await close()
  })

  test('a connection on which nobody answers any more is noticed within half a minute', async () => {
    const { open, keep, line, live, said, page, close } = await aPage(browser)
    keep(aPost())
    await page.clock.install()
    await open('/topics/summer')
    const first = await line()
    await first.accept()
    await live('on')
    for (let n = 0; n < 3; n++) {
      const sign = first.read()
      await page.clock.runFor(20_000)
      assert.deepEqual(await sign, { action: 'ping' })
      first.send({ type: 'pong' })
      await live('on')
    }
    // From here on it swallows what comes, as a network does that is cut.
    const unanswered = first.read()
    await page.clock.runFor(20_000)
    await unanswered
    await live('on')
    await page.clock.runFor(5_000)
    await live('off')
    const next = line()
    await page.clock.runFor(2_000)
    await said(/connection is lost/)
    assert.deepEqual(await (await next).accept(), { topic: 'summer', after: 'cursor-1' })
    await live('on')
    await close()
  })

  test('a page that nobody looks at asks for no sign, and asks at once when it is looked at again', async () => {
    const { open, line, live, page, close } = await aPage(browser)
    await page.clock.install()
    await open('/')
    const first = await line()
    await first.accept()
    await live('on')
    const look = (isHidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, isHidden)
    await look(true)
    await page.clock.runFor(60_000)
    first.send(updated('INSERT', aPost(), 'cursor-5'))
    await page.locator('article').waitFor()
    const sign = first.read()
    await page.clock.runFor(60_000)
    assert.equal(await Promise.race([sign, look(true).then(() => 'nothing')]), 'nothing')
    await look(false)
    assert.deepEqual(await sign, { action: 'ping' })
    await close()
  })

  test('a page that was cut off comes back at once when the machine has a network again', async () => {
    const { open, line, live, page, close } = await aPage(browser)
    await page.clock.install()
    await open('/')
    let socket = await line()
    for (let n = 0; n < 8; n++) {
      await socket.hangUp()
      await live('off')
      const next = line()
      // It would wait for up to half a minute by now, and the clock of the page stands still.
      await page.evaluate(() => window.dispatchEvent(new Event('online')))
      socket = await next
    }
    await socket.accept()
    await live('on')
    await close()
  })

  test('a page that cannot be told what it missed is loaded anew, at once or after five seconds', async () => {
    const { open, keep, line, article, page, close } = await aPage(browser)
    await page.clock.install()
    await open('/topics/summer')
    const resync = { type: 'resync', topic: 'summer', cursor: 'cursor-9', reason: 'too old' }
    for (const [n, age, wait] of [
      [1, 0, 6_000],
      [2, 6_000, 1_000],
    ] as const) {
      const socket = await line()
      await page.clock.runFor(age)
      socket.send(resync)
      await socket.accept()
      keep(aPost({ id: anId(n) }))
      await page.locator('html[data-live="on"]').waitFor({ state: 'attached' })
      await page.clock.runFor(wait)
      await article(anId(n)).waitFor()
    }
    await close()
  })

  test('a watch that the server refuses is told to the reader', async () => {
    const { open, line, live, said, close } = await aPage(browser)
    await open('/topics/summer')
    const socket = await line()
    socket.send({ type: 'error', message: 'too many watches' })
    await said(/^This page is not live: too many watches$/)
    await live('off')
    await close()
  })
})
