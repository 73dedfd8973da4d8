import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { random } from '../../test/random.ts'
import { settings } from '../../test/settings.ts'
import { anId } from '../adapters/http/testing.ts'
import type { Post } from '../post.ts'
import { aPage, aPost, joeInSpain, updated } from './testing.ts'

describe('an open page', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  test('of a name has a post when the name is recognised in it, for as long as it is', async () => {
    const { open, keep, line, article, ids, markup, said, page, close } = await aPage(browser)
    keep(aPost({ entities: joeInSpain }))
    await open('/mentions/SPAIN')
    const socket = await line()
    assert.deepEqual(await socket.accept(), { all: true, after: 'cursor-1' })
    const other = aPost({ id: anId(2), topic: 'winter' })
    socket.send(
      updated('INSERT', other, 'cursor-2'),
      updated('INSERT', aPost({ id: anId(3) }), 'cursor-3'),
      updated('MODIFY', { ...other, entities: joeInSpain }, 'cursor-4'),
      updated(
        'MODIFY',
        aPost({ id: anId(3), entities: { ...joeInSpain, locations: [] } }),
        'cursor-5',
      ),
      updated('MODIFY', aPost({ title: 'Without' }), 'cursor-6'),
    )
    await article(anId(2)).waitFor()
    await article(anId(1)).waitFor({ state: 'detached' })
    assert.deepEqual(await ids(), [anId(2)])
    await said(/^New: Title$/)
    const shown = await markup(anId(2))
    keep({ ...other, entities: joeInSpain })
    await page.reload()
    assert.equal(shown, await markup(anId(2)))
    await close()
  })

  test('of a search is searched again for what has changed, until it could be, and keeps what is the same', async () => {
    const { open, keep, drop, line, article, ids, said, page, close } = await aPage(browser)
    keep(...[1, 2, 3].map((n) => aPost({ id: anId(n) })))
    await page.clock.install()
    await open('/search?q=spain+joe')
    const socket = await line()
    await socket.accept()
    await article(anId(3)).locator('h2 a').focus()
    const found = aPost({ id: anId(4), title: 'In Spain', body: 'Joe' })
    keep(found)
    await drop(anId(2))
    let isDown = true
    await page.route('**/search?*', (route) =>
      isDown ? route.fulfill({ status: 503 }) : route.fallback(),
    )
    socket.send(
      updated('INSERT', found, 'cursor-5'),
      updated('REMOVE', { id: anId(2), topic: 'summer' }, 'cursor-6'),
    )
    await article(anId(2)).waitFor({ state: 'detached' })
    const refused = page.waitForResponse(/search/)
    await page.clock.runFor(2_000)
    assert.equal((await refused).status(), 503)
    isDown = false
    for (let steps = 0; (await article(anId(4)).count()) === 0 && steps < 100; steps++)
      await page.clock.runFor(1_000)
    assert.deepEqual(await ids(), [4, 3, 1].map(anId))
    await page.clock.runFor(1_000)
    await said(/^New: In Spain$/)
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('href'))
    assert.equal(focused, `/posts/${anId(3)}`)
    await close(/\b503\b/)
  })

  test('of all posts names their topics as the server would, the newest first', async () => {
    const { open, keep, drop, line, page, close } = await aPage(browser)
    await page.clock.install()
    await open('/')
    const socket = await line()
    await socket.accept()
    const topics = page.getByRole('navigation', { name: 'Topics' }).getByRole('link')
    const are = async (...names: string[]) => {
      const wanted = JSON.stringify(names)
      const now = async () => JSON.stringify(await topics.allTextContents())
      for (let steps = 0; (await now()) !== wanted && steps < 60; steps++)
        await page.clock.runFor(500)
      assert.equal(await now(), wanted)
    }
    keep(aPost())
    socket.send(updated('INSERT', aPost(), 'cursor-1'))
    await are('summer')
    const winter = aPost({ id: anId(2), topic: 'a & b' })
    keep(winter)
    socket.send(updated('INSERT', winter, 'cursor-2'))
    await are('a & b', 'summer')
    assert.equal(await topics.first().getAttribute('href'), '/topics/a%20%26%20b')
    socket.send(updated('INSERT', aPost({ id: anId(3) }), 'cursor-3'))
    await are('summer', 'a & b')
    await drop(anId(2))
    socket.send(updated('REMOVE', { id: anId(2), topic: 'a & b' }, 'cursor-4'))
    await are('summer')
    await close()
  })

  test('moves nothing under the eyes of a reader when a post comes above', async () => {
    const { open, keep, line, article, page, close } = await aPage(browser)
    keep(...[...Array(20).keys()].map((n) => aPost({ id: anId(n + 1) })))
    await open('/')
    const socket = await line()
    await socket.accept()
    const read = article(anId(8))
    await read.evaluate((place) => place.scrollIntoView({ behavior: 'instant' }))
    await page.evaluate(() => new Promise(requestAnimationFrame))
    const before = await read.boundingBox()
    assert.ok((before?.y ?? 999) < 100, 'it was scrolled to')
    socket.send(
      ...[31, 32, 33].map((n) => updated('INSERT', aPost({ id: anId(n) }), `cursor-${n}`)),
    )
    await article(anId(33)).waitFor({ state: 'attached' })
    await page.evaluate(() => new Promise(requestAnimationFrame))
    const moved = ((await read.boundingBox())?.y ?? 999) - (before?.y ?? 0)
    assert.ok(Math.abs(moved) < 1, `moved by ${moved} px`)
    assert.ok(((await article(anId(33)).boundingBox())?.y ?? 0) < -1_000, 'it stands above')

    const text = read.locator('.excerpt')
    const at = (await text.boundingBox())?.y
    socket.send(updated('MODIFY', aPost({ id: anId(8), entities: joeInSpain }), 'cursor-40'))
    await read.locator('[data-entity]').first().waitFor()
    assert.equal((await text.boundingBox())?.y, at, 'names come below the text')
    await close()
  })

  test('of a post has its edited text also when the server was away at first', async () => {
    const { open, keep, line, article, page, close } = await aPage(browser)
    keep(aPost())
    await page.clock.install()
    await open(`/posts/${anId(1)}`)
    const socket = await line()
    await socket.accept()
    let isDown = true
    await page.route('**/posts/*', (route) =>
      isDown ? route.fulfill({ status: 503 }) : route.fallback(),
    )
    const refused = page.waitForResponse(/posts/)
    const edited = aPost({ body: '*Ann* stays' })
    keep(edited)
    socket.send(updated('MODIFY', edited, 'cursor-2'))
    assert.equal((await refused).status(), 503)
    isDown = false
    const text = article(anId(1)).locator('em', { hasText: 'Ann' })
    for (let steps = 0; (await text.count()) === 0 && steps < 100; steps++)
      await page.clock.runFor(500)
    assert.equal(await text.count(), 1)
    await close(/\b503\b/)
  })

  for (const path of ['/', '/topics/summer', '/mentions/joe'])
    test(`has after any changes, told twice and through cut connections, what ${path} has when it is loaded anew`, async (t) => {
      t.diagnostic(`BUSBAR_SEED=${settings.seed}`)
      const { int, pick } = random(settings.seed)
      const { open, keep, drop, line, live, page, close } = await aPage(browser)
      const posts = new Map<string, Post>()
      const told: ReturnType<typeof updated>[] = []
      const change = (eventName: string, post: Pick<Post, 'id'> & Partial<Post>) =>
        told.push(updated(eventName, post, `cursor-x${1_000 + told.length}`))
      const set = (eventName: string, post: Post) => {
        posts.set(post.id, post)
        keep(post)
        change(eventName, post)
      }
      const next = async () => {
        const id = pick([...posts.keys(), ''])
        const post = posts.get(id)
        const kind = pick(['edit', 'name', 'move', 'remove', 'new', 'new'])
        if (!post || kind === 'new') {
          if (posts.size < 15)
            set('INSERT', aPost({ id: anId(told.length + 1), topic: pick(['summer', 'winter']) }))
        } else if (kind === 'edit') set('MODIFY', { ...post, title: `Edited ${told.length}` })
        else if (kind === 'move') set('MODIFY', { ...post, topic: pick(['summer', 'winter']) })
        else if (kind === 'name')
          set('MODIFY', {
            ...post,
            entities: { ...joeInSpain, persons: pick([['Joe'], ['Ann'], []]) },
          })
        else {
          await drop(id)
          posts.delete(id)
          change('REMOVE', { id, topic: post.topic })
        }
      }

      await open(path)
      let socket = await line()
      await socket.accept()
      let sent = 0
      for (let n = 0; n < 120; n++) {
        await next()
        if (int(0, 3) > 0) continue
        socket.send(...told.slice(Math.max(0, sent - int(0, 5))))
        sent = told.length
        if (int(0, 9) > 0) continue
        await socket.hangUp()
        await live('off')
        await next()
        await page.evaluate(() => window.dispatchEvent(new Event('online')))
        socket = await line()
        const { after } = (await socket.accept()) as { readonly after: string }
        socket.send(...told.filter(({ cursor }) => cursor > after))
        sent = told.length
      }
      set('INSERT', aPost({ id: anId(999), title: 'The last', entities: joeInSpain }))
      socket.send(...told.slice(sent))
      await page.getByRole('heading', { name: 'The last' }).waitFor()
      const shown = async () =>
        (await page.locator('[data-posts]').innerHTML()).replaceAll(/\s*\n\s*/g, '')
      const before = await shown()
      await page.reload()
      assert.equal(before, await shown())
      await close()
    })
})
