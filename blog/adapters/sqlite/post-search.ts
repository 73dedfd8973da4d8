/**
 * What finds posts by their words and by the names in them, written in the transaction that writes the post.
 * The words are in FTS5, which neither folds nor splits them (`words.ts` has), and whose rows are numbered
 * in the order of the posts' ids as far as their time goes. So a word that every post has is read from
 * the newest on, and no further than the page: in 0.3 ms among 10,000 posts, where sorting all took 4. The
 * beginning of a word takes 2, mostly for bringing the posts of all such words in order.
 */
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import { mentionKey, newMentions, searchedWords } from '../../mentions.ts'
import type { Posts } from '../../ports.ts'
import type { Post, StoredPost } from '../../post.ts'
import { aboveAll, foundPosts, postStatements, storedPost } from '../../post-rows.ts'
import { type Wanted, wantedBy } from '../../words.ts'

export interface PostSearch extends Pick<Posts, 'search' | 'mentioning'> {
  /** From what the post was to what it is; null where there was or is none. */
  write(before: Post | null, after: Post | null): void
}

/** Of 48 bits of time in an id, 44 (a moment of 16 ms) go into its number; the others count the posts of that moment. */
const countBits = 19n
const droppedBits = 4n
const lowestNumber = (id: Post['id']): bigint =>
  (BigInt(`0x${id.replaceAll('-', '').slice(0, 12)}`) >> droppedBits) << countBits
const highestNumber = (id: Post['id']): bigint => lowestNumber(id) + (1n << countBits) - 1n
const aboveAllNumbers = (1n << 63n) - 1n

/** Posts that were there before there was a search are found from now on. */
const oldPostsAtOnce = 500

export function postSearch(db: SqliteTx): PostSearch {
  const number = db.prepare(`
    insert into post_number (id, number) values (?1, (
      select coalesce(max(number) + 1, ?2) from post_number where number between ?2 and ?3))`)
  const forget = db.prepare('delete from post_number where id = ?')
  const insert = db.prepare(
    'insert into post_words (rowid, words) select number, ?2 from post_number where id = ?1',
  )
  const remove = db.prepare(
    'delete from post_words where rowid = (select number from post_number where id = ?)',
  )
  const matching = db.prepare(`
    select id, number >> ${countBits} as moment
    from post_words join post_number on number = post_words.rowid
    where post_words match ? and post_words.rowid <= ? and id < ? order by post_words.rowid desc`)
  const find = db.prepare(postStatements.select)
  const mention = db.prepare('insert into mention (name, id) values (?, ?)')
  const unmention = db.prepare('delete from mention where name = ? and id = ?')
  const mentioning = db.prepare(postStatements.mentioning)

  function write(before: Post | null, after: Post | null): void {
    const { id } = (after ?? before) as Post
    const [were, are] = [searchedWords(before), searchedWords(after)]
    if (were !== are) {
      if (were !== null) remove.run(id)
      if (before === null) number.run(id, lowestNumber(id), highestNumber(id))
      if (are !== null) insert.run(id, are)
    }
    if (after === null) forget.run(id)

    for (const name of newMentions(before, after)) unmention.run(name, id)
    for (const name of newMentions(after, before)) mention.run(name, id)
  }

  /** Reads to the end of the moment in which there are enough: within one, any id may be next. */
  function newest(match: string, before: Post['id'] | undefined, enough: number) {
    const highest = before === undefined ? aboveAllNumbers : highestNumber(before)
    const ids: string[] = []
    let last: unknown
    for (const { id, moment } of matching.iterate(match, highest, before ?? aboveAll)) {
      if (ids.length >= enough && moment !== last) break
      ids.push(String(id))
      last = moment
    }
    const sorted = ids.sort((a, b) => (a < b ? 1 : -1)).slice(0, enough)
    return sorted.map((id) => find.get(id) ?? {})
  }

  const unnumbered = db.prepare(`
    select post.* from post left join post_number on post_number.id = post.id
    where number is null order by post.id limit ?`)
  for (let isDone = false; !isDone; ) {
    const rows = unnumbered.all(oldPostsAtOnce)
    isDone = rows.length < oldPostsAtOnce
    if (rows.length === 0) break
    db.exec('begin immediate')
    try {
      for (const row of rows) write(null, (storedPost(row) as StoredPost).post)
      db.exec('commit')
    } catch (error) {
      if (db.isTransaction) db.exec('rollback')
      throw error
    }
  }

  return {
    write,
    async search({ query, before, limit }) {
      const wanted = wantedBy(query)
      if (!wanted) return { posts: [], cursor: null }
      return foundPosts(newest(matchOf(wanted), before, limit + 1), limit)
    },
    async mentioning({ name, before = aboveAll, limit }) {
      return foundPosts(mentioning.all(mentionKey(name), before, limit + 1), limit)
    },
  }
}

/** In FTS5's language. */
const matchOf = ({ whole, beginning }: Wanted): string =>
  [...whole.map((word) => `"${word}"`), ...(beginning === null ? [] : [`"${beginning}"*`])].join(
    ' AND ',
  )
