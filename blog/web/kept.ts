/** What was made of posts, for as long as there is room: most readers read what is new. */
import type { Post } from '../post.ts'

/** In UTF-16 units, texts and what was made of them together. */
const room = 4_000_000

/** Makes it once for each state of a post, as far as it is asked for again while there is room. */
export function kept<From extends Pick<Post, 'id' | 'body'>, Made extends { toString(): string }>(
  make: (from: From) => Made,
  isSame: (a: From, b: From) => boolean,
  most = room,
): (from: From) => Made {
  const all = new Map<
    Post['id'],
    { readonly from: From; readonly made: Made; readonly size: number }
  >()
  let size = 0
  const drop = (id: Post['id']) => {
    size -= all.get(id)?.size ?? 0
    all.delete(id)
  }
  return (from) => {
    const known = all.get(from.id)
    if (known && isSame(known.from, from)) {
      // To the end of the line of those that make room.
      all.delete(from.id)
      all.set(from.id, known)
      return known.made
    }
    drop(from.id)
    const made = make(from)
    const one = { from, made, size: from.body.length + made.toString().length }
    if (one.size > most) return made
    all.set(from.id, one)
    size += one.size
    for (const oldest of all.keys()) {
      if (size <= most) break
      drop(oldest)
    }
    return made
  }
}

/** Whether two reads of a post found the same. */
export const isSamePost = (a: Post, b: Post): boolean =>
  a.id === b.id &&
  a.body === b.body &&
  a.title === b.title &&
  a.topic === b.topic &&
  a.author === b.author &&
  a.createdAt === b.createdAt &&
  JSON.stringify(a.entities) === JSON.stringify(b.entities)
