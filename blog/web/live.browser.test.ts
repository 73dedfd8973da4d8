import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { noBrowser, openBrowser } from '../../test/browser.ts'
import { anId } from '../adapters/http/testing.ts'
import { aPage, aPost, joeInSpain, updated } from './testing.ts'

describe('a page in a browser', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  test('the page of a topic watches it from its own cursor on, and says when it does', async () => {
    const { open, line, live, close } = await aPage(browser)
    await open('/topics/a%2Fb%20%22c%22')
    await live('off')
    const socket = await line()
    assert.deepEqual(await socket.accept(), { topic: 'a/b "c"', after: 'cursor-0' })
    await live('on')
    await close()
  })

  test('a new post appears on top, and its names fill in, as the server would show it', async () => {
    const { open, keep, line, article, ids, markup, said, page, close } = await aPage(browser)
    keep(aPost())
    await open('/topics/summer')
    const socket = await line()
    await socket.accept()
    const plain = aPost({
      id: anId(2),
      title: '<img src=x onerror=alert(1)>',
      author: '"me" & \'you\'',
      body: `# **${'x'.repeat(278)}**\u{1f600} and [more](https://a.example)\n\nof it`,
    })
    socket.send(updated('INSERT', plain, 'cursor-1'))
    await article(plain.id).waitFor()
    assert.deepEqual(await ids(), [anId(2), anId(1)])
    await said(/^New: <img/)

    const entities = { locations: ['Spain', 'Peru'], persons: ['Joe'], organizations: ['A & B'] }
    socket.send(updated('MODIFY', { ...plain, entities }, 'cursor-2'))
    const names = article(plain.id).locator('[data-entity]')
    await names.nth(3).waitFor()
    assert.deepEqual(await names.allTextContents(), ['Joe', 'Spain', 'Peru', 'A & B'])
    const shown = await markup(plain.id)

    keep({ ...plain, entities })
    await page.reload()
    assert.equal(shown, await markup(plain.id))
    await close()
  })

  test('the page of a post follows its edits, as the server would show them, until it is deleted', async () => {
    const { open, keep, drop, line, article, markup, page, close } = await aPage(browser)
    keep(aPost())
    await open(`/posts/${anId(1)}`)
    const socket = await line()
    assert.deepEqual(await socket.accept(), { postId: anId(1), after: 'cursor-1' })
    const edited = aPost({
      title: 'Edited',
      author: 'Ann',
      topic: 'a/b',
      body: '# Ann\n*is* here\n \n\n<b>Joe</b> is there\n\n',
      entities: joeInSpain,
    })
    // The script asks the server for what Markdown makes of the text.
    keep(edited)
    socket.send(updated('MODIFY', edited, 'cursor-2'))
    await page.getByRole('heading', { name: 'Edited' }).waitFor()
    assert.equal(await page.title(), 'Edited · Blog')
    await article(anId(1)).getByText('<b>Joe</b> is there').waitFor()
    const shown = await markup(anId(1))
    await page.reload()
    assert.equal(shown, await markup(anId(1)))

    const again = await line()
    await again.accept()
    await drop(anId(1))
    again.send(updated('REMOVE', { id: anId(1), topic: 'a/b' }, 'cursor-3'))
    await page.getByText('it will not come back').waitFor()
    assert.equal(await article(anId(1)).count(), 0)
    const left = await page.locator('main').innerHTML()
    await page.goto(page.url())
    assert.equal(left, await page.locator('main').innerHTML())
    await close(/\b410\b/)
  })

  test('a post that is deleted or leaves the topic leaves the page, and one that comes is put by its age', async () => {
    const { open, keep, line, article, ids, close } = await aPage(browser)
    keep(...[1, 3, 5, 7].map((n) => aPost({ id: anId(n) })))
    await open('/topics/summer')
    const socket = await line()
    await socket.accept()
    socket.send(
      updated('REMOVE', { id: anId(3), topic: 'summer' }, 'cursor-1'),
      updated('MODIFY', aPost({ id: anId(5), topic: 'winter' }), 'cursor-2'),
      updated('MODIFY', aPost({ id: anId(4) }), 'cursor-3'),
      updated('MODIFY', aPost({ id: anId(9), topic: 'winter' }), 'cursor-4'),
      updated('INSERT', aPost({ id: anId(8) }), 'cursor-5'),
    )
    await article(anId(8)).waitFor()
    assert.deepEqual(await ids(), [8, 7, 4, 1].map(anId))
    await close()
  })

  test('a page of older posts takes no new ones, and no page those of the next', async () => {
    const { open, keep, line, article, ids, close } = await aPage(browser)
    keep(...[...Array(60).keys()].map((n) => aPost({ id: anId(2 * n + 10) })))
    await open(`/topics/summer?cursor=${anId(90)}`)
    const before = await ids()
    const socket = await line()
    await socket.accept()
    socket.send(
      updated('INSERT', aPost({ id: anId(999) }), 'cursor-1'),
      updated('MODIFY', aPost({ id: anId(1) }), 'cursor-2'),
      updated('MODIFY', aPost({ id: anId(87) }), 'cursor-3'),
    )
    await article(anId(87)).waitFor()
    assert.deepEqual(await ids(), before.toSpliced(1, 0, anId(87)))
    await close()
  })

  test('a page that stays open keeps a hundred posts, and the way to the others', async () => {
    const { open, line, article, ids, page, close } = await aPage(browser)
    await open('/topics/summer')
    assert.ok(await page.getByText('There are no posts yet.').isVisible())
    const socket = await line()
    await socket.accept()
    const posts = [...Array(130).keys()].map((n) => aPost({ id: anId(n + 1) }))
    socket.send(...posts.map((post, n) => updated('INSERT', post, `cursor-1${1000 + n}`)))
    await article(anId(130)).waitFor()
    assert.deepEqual(
      await ids(),
      [...Array(100).keys()].map((n) => anId(130 - n)),
    )
    assert.ok(!(await page.getByText('There are no posts yet.').isVisible()))
    const older = await page.getByRole('link', { name: 'Older posts' }).getAttribute('href')
    assert.match(older ?? '', new RegExp(`\\?cursor=${anId(31)}$`))
    await close()
  })

  test('the home page of an empty blog shows the first post, and then those of any topic', async () => {
    const { open, line, live, article, ids, page, close } = await aPage(browser)
    await open('/')
    assert.ok(await page.getByText('There are no posts yet.').isVisible())
    const socket = await line()
    assert.deepEqual(await socket.accept(), { all: true, after: 'cursor-0' })
    await live('on')
    socket.send(updated('INSERT', aPost(), 'cursor-1'))
    await article(anId(1)).waitFor()
    assert.ok(!(await page.getByText('There are no posts yet.').isVisible()))
    socket.send(
      updated('INSERT', aPost({ id: anId(3), topic: 'winter' }), 'cursor-3'),
      updated('MODIFY', aPost({ topic: 'spring' }), 'cursor-4'),
      updated('INSERT', aPost({ id: anId(4) }), 'cursor-5'),
      updated('REMOVE', { id: anId(3), topic: 'winter' }, 'cursor-6'),
    )
    await article(anId(4)).waitFor()
    await article(anId(3)).waitFor({ state: 'detached' })
    assert.deepEqual(await ids(), [4, 1].map(anId))
    assert.match((await article(anId(1)).textContent()) ?? '', /about spring/)
    await close()
  })
})
