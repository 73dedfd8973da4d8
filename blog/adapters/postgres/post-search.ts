/**
 * What finds posts by their words and by the names in them, written in the transaction that writes the
 * post and under its lock. The words are stored as they are (`words.ts` made them): no configuration or
 * extension of the server has a say in what is found.
 */
import type { Database } from '@busbar/event-bus/adapters/postgres/database'
import { numbered, questions } from '@busbar/event-bus/adapters/postgres/questions'
import type { PostgresTx } from '@busbar/event-bus/adapters/postgres/store'
import { mentionKey, newMentions, searchedWords } from '../../mentions.ts'
import type { Posts } from '../../ports.ts'
import type { Post, StoredPost } from '../../post.ts'
import { aboveAll, foundPosts, postStatements, storedPost } from '../../post-rows.ts'
import { type Wanted, wantedBy } from '../../words.ts'

export interface PostSearch extends Pick<Posts, 'search' | 'mentioning'> {
  /** From what the post was to what it is; null where there was or is none. */
  write(tx: PostgresTx, before: Post | null, after: Post | null): Promise<void>
}

/** Names come in a text with a line for each: none of them has a line break. */
const statements = {
  ...numbered({ mentioning: postStatements.mentioning }),
  keep: `
    insert into post_words (id, words) values ($1, array_to_tsvector(string_to_array($2, ' ')))
    on conflict (id) do update set words = excluded.words`,
  drop: 'delete from post_words where id = $1',
  mention: `
    insert into mention (name, id) select name, $1 from string_to_table($2, E'\\n') name
    on conflict do nothing`,
  unmention: `delete from mention where id = $1 and name = any (string_to_array($2, E'\\n'))`,
  search: `
    select post.* from post_words join post on post.id = post_words.id
    where words @@ $1::tsquery and post_words.id < $2 order by post_words.id desc limit $3`,
  old: `
    select post.* from post where not exists (select from post_words where post_words.id = post.id)
    order by id limit $1 for update skip locked`,
} as const

export function postSearch({ pool }: Pick<Database, 'pool'>): PostSearch {
  const { ask, askIn } = questions(pool, 'post_search', statements)
  return {
    async write(tx, before, after) {
      const { id } = (after ?? before) as Post
      const [were, are] = [searchedWords(before), searchedWords(after)]
      if (are === null) await askIn(tx, 'drop', id)
      else if (were !== are) await askIn(tx, 'keep', id, are)

      const [gone, come] = [newMentions(before, after), newMentions(after, before)]
      if (gone.length > 0) await askIn(tx, 'unmention', id, gone.join('\n'))
      if (come.length > 0) await askIn(tx, 'mention', id, come.join('\n'))
    },
    async search({ query, before = aboveAll, limit }) {
      const wanted = wantedBy(query)
      if (!wanted) return { posts: [], cursor: null }
      return foundPosts(await ask('search', queryOf(wanted), before, limit + 1), limit)
    },
    async mentioning({ name, before = aboveAll, limit }) {
      return foundPosts(await ask('mentioning', mentionKey(name), before, limit + 1), limit)
    },
  }
}

const oldPostsAtOnce = 100

/** Has posts found that a node wrote which knew of no search. To be called after the migration. */
export async function findOldPosts(
  { pool }: Pick<Database, 'pool'>,
  transact: <T>(work: (tx: PostgresTx) => Promise<T>) => Promise<T>,
): Promise<void> {
  const { askIn } = questions(pool, 'old_posts', statements)
  const { write } = postSearch({ pool })
  for (let found = oldPostsAtOnce; found === oldPostsAtOnce; )
    found = await transact(async (tx) => {
      const rows = await askIn(tx, 'old', oldPostsAtOnce)
      for (const row of rows) await write(tx, null, (storedPost(row) as StoredPost).post)
      return rows.length
    })
}

/** In the language of `tsquery`. */
const queryOf = ({ whole, beginning }: Wanted): string =>
  [...whole.map((word) => `'${word}'`), ...(beginning === null ? [] : [`'${beginning}':*`])].join(
    ' & ',
  )
