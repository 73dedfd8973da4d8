/**
 * A blog that runs somewhere, as the tests see it: by its addresses only. Each runtime supplies
 * a `Start`, and the whole suite of `blog.contract.ts` holds for it.
 */
export interface Running {
  /** The blog, without a slash at the end. */
  readonly url: string
  readonly socketUrl: string
  readonly busUrl: string
  /** What has to be given to `Start` to go on where this one ended. */
  readonly dataDir: string
  /** What an author types into the form; absent where everybody may write. */
  readonly authorToken?: string
  /** How long it took from the start to the first line that says it is ready. */
  readonly readyAfterMs: number
  /** Asks it to end, and answers its exit code; null when it was ended by a signal. */
  stop(): Promise<number | null>
  /** Ends it at once, without a chance to tidy up (SIGKILL). Does nothing when it has ended. */
  kill(): Promise<void>
  /** All that it has printed. */
  output(): string
}

export interface StartOptions {
  /** Kept when the blog ends; the caller removes it. */
  readonly dataDir: string
  /** The blog's port, to come back under the same address; otherwise a free one. */
  readonly port?: number
  /** Otherwise mails go to the built-in mailbox. */
  readonly smtpUrl?: string
  /** Who may write: AUTHORS. Otherwise everybody may, where that is possible. */
  readonly authors?: string
  /** Kills it although it is not ready yet; the start then rejects. */
  readonly signal?: AbortSignal
}

/** Resolves when the blog answers, and rejects with what it printed when it ended before that. */
export type Start = (options: StartOptions) => Promise<Running>

/** What a runtime does otherwise than most. */
export interface Differences {
  /** What it has not, or leaves to others, each with the reason; those tests are skipped with that. */
  readonly without?: {
    readonly [Part in
      | 'mailbox'
      | 'suppression'
      | 'an end that is asked for'
      | 'binary frames'
      | 'hosts'
      | 'a kill of all'
      | 'another blog'
      | 'more pages']?: string
  }
  /** A start costs so much that all tests that can share one do, and ask it for less. */
  readonly sharesStage?: boolean
  /** It loads its parts when they are needed first, which takes longer than what it promises then. */
  readonly startsCold?: boolean
  /** What is more than it brings one by one to who missed it; 600 posts when absent. */
  readonly tooMuch?: { readonly posts: number; readonly body: string }
}
