/** What posts are found by: the names that they mention, and the words that are searched. */
import type { Post } from './post.ts'
import { wordsOf } from './words.ts'

/** Nobody asks for a longer one. In UTF-16 units. */
const longestName = 200

const namesOf = ({ entities }: Pick<Post, 'entities'>): readonly string[] =>
  entities ? [...entities.locations, ...entities.persons, ...entities.organizations] : []

/** A name as it is compared: in whatever case, and however it is broken into lines. */
export const mentionKey = (name: string): string =>
  name.toWellFormed().normalize('NFC').replace(/\s+/g, ' ').trim().toUpperCase().toLowerCase()

/** Each once. */
export const mentionsOf = (post: Pick<Post, 'entities'>): readonly string[] => [
  ...new Set(
    namesOf(post)
      .filter((name) => name.length <= longestName)
      .map(mentionKey)
      .filter((key) => key !== ''),
  ),
]

/** Those of a post that another does not have; null is no post. */
export function newMentions(post: Post | null, other: Post | null): readonly string[] {
  if (!post?.entities) return []
  const known = new Set(other && mentionsOf(other))
  return mentionsOf(post).filter((name) => !known.has(name))
}

export const searchedText = (post: Post): string =>
  [post.title, post.body, ...namesOf(post)].join('\n')

/** All of its words in a line, as a row has them; null for no post. */
export const searchedWords = (post: Post | null): string | null =>
  post && wordsOf(searchedText(post)).join(' ')
