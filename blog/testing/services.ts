/** What the blog asks of the outside besides tables, in memory. */
import { createHash } from 'node:crypto'
import type { Http } from '@busbar/event-bus'
import type { PostChange } from '../events.ts'
import type {
  Connections,
  Entity,
  EntityRecognizer,
  EntityType,
  Ids,
  Mail,
  Mailer,
  Seal,
} from '../ports.ts'
import { anId } from './builders.ts'

/** While `fail` is set, the server takes no mail. `tried` has every mail, `sent` those it took. */
export interface MemoryMailer extends Mailer {
  readonly tried: readonly Mail[]
  readonly sent: readonly Mail[]
  fail: Error | null
}

export function memoryMailer(): MemoryMailer {
  const tried: Mail[] = []
  const sent: Mail[] = []
  return {
    tried,
    sent,
    fail: null,
    async send(mail) {
      tried.push(mail)
      if (this.fail) throw this.fail
      if (!sent.some(({ messageId }) => messageId === mail.messageId)) sent.push(mail)
    },
  }
}

/** A server that takes all that it is sent, until `answer` says otherwise. */
export interface MemoryHttp extends Http {
  readonly requests: readonly Parameters<Http['request']>[0][]
  answer: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | Error
}

export function memoryHttp(): MemoryHttp {
  const requests: Parameters<Http['request']>[0][] = []
  return {
    requests,
    answer: { status: 204 },
    async request(request) {
      requests.push(request)
      if (this.answer instanceof Error) throw this.answer
      return { headers: {}, body: '', ...this.answer }
    },
  }
}

/** Finds the given words, wherever they stand. */
export const wordRecognizer = (
  words: Readonly<Record<string, EntityType>>,
): EntityRecognizer & { readonly asked: readonly string[] } => {
  const asked: string[] = []
  return {
    asked,
    async recognize(text) {
      asked.push(text)
      return [...text.matchAll(/[\p{L}\d]+/gu)].flatMap(({ 0: word, index }): Entity[] => {
        const type = words[word]
        if (!type) return []
        return [{ type, text: word, beginOffset: index, endOffset: index + word.length, score: 1 }]
      })
    },
  }
}

export function memoryConnections(): Connections & {
  readonly pushed: readonly { readonly cursor: string; readonly change: PostChange }[]
} {
  const pushed: { cursor: string; change: PostChange }[] = []
  return {
    pushed,
    async push(cursor, change) {
      pushed.push({ cursor, change })
    },
  }
}

/** Says for what it was made, and keeps nothing back: for tests that read it. */
export function plainSeal(): Seal {
  const base64url = (text: string) => Buffer.from(text).toString('base64url')
  return {
    seal: async (purpose, text) => `${base64url(text)}.${base64url(purpose)}`,
    async open(purpose, sealed) {
      const [text = '', mark] = sealed.split('.')
      return mark === base64url(purpose) ? Buffer.from(text, 'base64url').toString() : null
    },
    key: async (purpose, text) =>
      createHash('sha256').update(`${purpose} ${text}`).digest('base64'),
  }
}

export function countedIds(): Ids {
  let ids = 0
  let tokens = 0
  return { next: () => anId(++ids), token: () => `token-${++tokens}` }
}
