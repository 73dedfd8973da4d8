/** What every table of drafts has to do, said for each promise of `ports.ts`. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { placeOf, published, publishing, saved } from './draft.ts'
import type { Drafts } from './ports.ts'
import { aDraft, anId, aSavedDraft } from './testing.ts'

/** Tables that are shared are emptied before. */
export function draftsContract(name: string, make: () => Promise<Drafts>): void {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds))
  const iso = (seconds: number) => at(seconds).toISOString()
  const made = (n: number, fields: Parameters<typeof aSavedDraft>[0] = {}) =>
    aSavedDraft({ id: anId(n), savedAt: iso(n), ...fields })

  describe(`${name}: drafts`, () => {
    test('are kept as they are, with fields that are empty and with any letters', async () => {
      const drafts = await make()
      const all = [
        made(1),
        made(2, { author: '', title: '', body: '', topic: '', publishAt: null }),
        made(3, { title: 'Ünïcode 🎉 "quoted"', body: 'a\n\n\tb', publishAt: iso(600) }),
      ]

      for (const each of all) assert.deepEqual(await drafts.create(each), each)

      for (const each of all) assert.deepEqual(await drafts.find(each.id), each)
      assert.equal(await drafts.find(anId(9)), null)
    })

    test('of one id are one, and other words do not take its place', async () => {
      const drafts = await make()
      const first = made(1)

      const again = await Promise.all(
        [1, 2, 3, 4].map((n) => drafts.create(made(1, { savedAt: iso(n) }))),
      )

      assert.equal(new Set(again.map(({ savedAt }) => savedAt)).size, 1)
      for (const other of [{ title: 'Other' }, { publishAt: iso(60) }])
        await assert.rejects(drafts.create({ ...first, ...other }), { code: 'IdempotencyConflict' })
      assert.deepEqual(await drafts.find(first.id), again[0])
    })

    test('become what is made of them', async () => {
      const drafts = await make()
      const draft = await drafts.create(made(1))

      const after = await drafts.change(draft.id, (found) => {
        assert.deepEqual(found, draft)
        return saved(found, { draft: aDraft({ title: 'New' }), publishAt: null }, [1], iso(5))
      })

      assert.deepEqual(after, { ...draft, title: 'New', savedAt: iso(5), revision: 2 })
      assert.deepEqual(await drafts.find(draft.id), after)
    })

    test('stay as they are when what changes them throws, or changes nothing', async () => {
      const drafts = await make()
      const draft = await drafts.create(made(1))

      await assert.rejects(
        drafts.change(draft.id, () => {
          throw new Error('no')
        }),
        { message: 'no' },
      )
      const same = await drafts.change(draft.id, (found) => found)

      assert.deepEqual([same, await drafts.find(draft.id)], [draft, draft])
    })

    test('go when nothing is made of them', async () => {
      const drafts = await make()
      const draft = await drafts.create(made(1, { publishAt: iso(5) }))

      assert.equal(await drafts.change(draft.id, () => null), null)

      assert.equal(await drafts.find(draft.id), null)
      assert.deepEqual(await drafts.list({ limit: 9 }), [])
      assert.deepEqual(await drafts.due(at(60), 9), [])
      for (const next of [() => null, () => draft])
        await assert.rejects(drafts.change(draft.id, next), { code: 'DraftNotFound' })
      assert.equal(await drafts.find(draft.id), null)
    })

    test('let one of two authors through who have seen the same', async () => {
      const drafts = await make()
      await drafts.create(made(1))

      const ends = await Promise.allSettled(
        ['one', 'two', 'three'].map((title) =>
          drafts.change(anId(1), (found) =>
            saved(found, { draft: aDraft({ title }), publishAt: null }, [1], iso(5)),
          ),
        ),
      )

      const codes = ends.map((end) => (end.status === 'rejected' ? end.reason.code : 'saved'))
      assert.deepEqual(codes.sort(), ['RevisionConflict', 'RevisionConflict', 'saved'])
      assert.equal((await drafts.find(anId(1)))?.revision, 2)
    })

    test('are listed with the newest saved first, page by page', async () => {
      const drafts = await make()
      for (const n of [3, 1, 2, 5, 4]) await drafts.create(made(n))
      const again = { draft: aDraft({ title: 'Again' }), publishAt: null }
      await drafts.change(anId(1), (found) => saved(found, again, 'any', iso(9)))

      const [first = [], second = [], third = []] = [
        await drafts.list({ limit: 2 }),
        await drafts.list({ limit: 2, before: `${iso(5)}_${anId(5)}` }),
        await drafts.list({ limit: 2, before: `${iso(3)}_${anId(3)}` }),
      ]

      const ids = [first, second, third].map((page) => page.map(({ id }) => id))
      assert.deepEqual(ids, [[anId(1), anId(5)], [anId(4), anId(3)], [anId(2)]])
      assert.equal(placeOf(first[1] as (typeof first)[number]), `${iso(5)}_${anId(5)}`)
    })

    test('are due when their time has come, the earliest first, and not when it was taken back', async () => {
      const drafts = await make()
      for (const [n, publishAt] of [
        [1, iso(30)],
        [2, iso(10)],
        [3, iso(31)],
        [4, null],
        [5, iso(20)],
        [6, iso(29)],
      ] as const)
        await drafts.create(made(n, { publishAt }))
      const taken = { draft: aDraft(), publishAt: null }
      await drafts.change(anId(6), (found) => saved(found, taken, 'any', iso(9)))

      const due = async (seconds: number, limit = 9) =>
        (await drafts.due(at(seconds), limit)).map(({ id }) => id)

      assert.deepEqual(await due(9), [])
      assert.deepEqual(await due(30), [anId(2), anId(5), anId(1)])
      assert.deepEqual(await due(30, 2), [anId(2), anId(5)])
    })

    test('that are published are in no list and due no more, but are found', async () => {
      const drafts = await make()
      await drafts.create(made(1, { publishAt: iso(10) }))
      const post = { postId: anId(77), at: iso(11) }

      await drafts.change(anId(1), (found) => publishing(found, { revisions: [1] }, post))
      const [due] = await drafts.due(at(11), 9)
      assert.equal(due?.postId, anId(77), 'what nobody goes on with is due')
      await drafts.change(anId(1), (found) => published(found, iso(12)))

      assert.deepEqual(await drafts.due(at(60), 9), [])
      assert.deepEqual(await drafts.list({ limit: 9 }), [])
      const left = await drafts.find(anId(1))
      assert.deepEqual([left?.status, left?.postId, left?.body], ['published', anId(77), ''])
    })
  })
}
