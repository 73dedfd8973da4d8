/**
 * Entity tags (RFC 9110, 8.8.3). A post's is `"<revision>.<version>"`: the whole of it names one
 * exact representation, its first part what an author saw. Only that part guards an edit, so what
 * the recogniser adds a moment after a post was written does not refuse its author's next words.
 */
import type { StoredPost } from '../../post.ts'

export interface EntityTag {
  readonly value: string
  readonly weak: boolean
}

export const entityTag = ({
  revision,
  version,
}: Pick<StoredPost, 'revision' | 'version'>): string => `"${revision}.${version}"`

/** Of what has no revision. */
export async function tagOfText(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `"${Array.from(new Uint8Array(hash, 0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`
}

// Sticky, and without two runs of blanks side by side: those would take quadratic time.
const element = /[ \t]*(?:(W\/)?"([!#-~\u0080-\u00ff]*)"[ \t]*)?(?:,|$)/y

/** The value of If-Match or If-None-Match: `any` for `*`, null when it is malformed. */
export function parseEntityTags(header: string): 'any' | readonly EntityTag[] | null {
  if (header.trim() === '*') return 'any'
  const tags: EntityTag[] = []
  element.lastIndex = 0
  while (element.lastIndex < header.length) {
    const found = element.exec(header)
    if (!found) return null
    // A list may have empty elements (RFC 9110, 5.6.1).
    if (found[2] !== undefined) tags.push({ value: found[2], weak: found[1] !== undefined })
  }
  return tags.length > 0 ? tags : null
}

/** The revisions that If-Match allows. A weak tag, or one that is none of ours, allows none. */
export function allowedRevisions(ifMatch: string): readonly number[] | 'any' {
  const tags = parseEntityTags(ifMatch)
  if (tags === 'any') return 'any'
  return (tags ?? []).flatMap(({ value, weak }) => {
    const [, revision] = /^(\d{1,15})\.\d{1,15}$/.exec(value) ?? []
    return weak || revision === undefined ? [] : [Number(revision)]
  })
}

/** Whether the reader who sent If-None-Match has this representation: compared weakly, as a cache does. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = ifNoneMatch === undefined ? [] : parseEntityTags(ifNoneMatch)
  return tags === 'any' || (tags ?? []).some(({ value }) => `"${value}"` === tag)
}
