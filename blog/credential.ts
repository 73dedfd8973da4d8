/**
 * What lets an author in: a link that was mailed, the session that it became, a token for programs. Each is
 * kept under the hash of its secret, so whoever reads the table can be nobody.
 */
export interface Credential {
  /** Of its secret, see `hashOf`. */
  readonly hash: string
  readonly kind: 'link' | 'session' | 'token' | 'author'
  /** Whose it is: an address as `sameAddress` spells it, or `tokenHolder`. */
  readonly author: string
  /** What an author calls a token; the path that a link leads to; empty for others. */
  readonly name: string
  /** The last characters of a token, to know it by; empty for others. */
  readonly hint: string
  /** ISO 8601. */
  readonly createdAt: string
  /** Null: it lasts until it is removed. */
  readonly expiresAt: string | null
}
export type CredentialKind = Credential['kind']

export const linkMinutes = 15
export const sessionDays = 30
/** Links of one author that may be open at a time. */
export const mostLinks = 5
export const mostTokens = 50

/** SHA-256. The secrets have 128 random bits, so nothing slower is needed. */
export async function hashOf(secret: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Upper and lower case differ before the @ at most, so only the domain is folded. */
export const sameAddress = (email: string): string =>
  email.trim().replace(/@.*$/, (domain) => domain.toLowerCase())

/**
 * Whose sessions and tokens are that began with the author token. They end when that becomes another: so
 * much of its hash tells, and too little to find it by.
 */
export const tokenHolder = async (authorToken: string): Promise<string> =>
  `token ${(await hashOf(authorToken)).slice(0, 4)}`

/** Whether it may still be used. */
export const isAlive = ({ expiresAt }: Credential, now: Date): boolean =>
  expiresAt === null || Date.parse(expiresAt) > now.getTime()

export const minutesAfter = (now: Date, minutes: number): string =>
  new Date(now.getTime() + minutes * 60_000).toISOString()
