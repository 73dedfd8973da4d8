/** A mail of each kind, to be looked at: with long links, a long title, and every kind of Markdown. */
import { confirmation } from '../blog/mails/confirmation.ts'
import { newPost } from '../blog/mails/new-post.ts'
import { preferencesAgain } from '../blog/mails/preferences-again.ts'
import { signInLink } from '../blog/mails/sign-in-link.ts'
import type { Mail } from '../blog/ports.ts'
import { renderer } from '../blog/web/renderer.ts'
import { drafts } from './gallery-posts.ts'

const site = 'http://blog.example'
const sealed = `${'seal'.repeat(24)}.${'mark'.repeat(10)}`
const preferences = `${site}/subscriptions/preferences/${sealed}`

/** By the names of their pictures. */
export async function mails(): Promise<ReadonlyMap<string, Pick<Mail, 'subject' | 'html'>>> {
  const { html } = renderer(site)
  const all = drafts.map(async (draft, at) => {
    const id = `01980000-0000-7000-8000-00000000000${at}`
    const links = { post: `${site}/posts/${id}`, unsubscribe: `${site}/u/1`, preferences }
    const rendered = await html({ id, body: draft.body })
    return newPost(draft, { rendered, topic: draft.topic, ...links })
  })
  const posts = await Promise.all(all)
  const titled = (beginning: string) =>
    posts.find(({ subject }) => subject.startsWith(beginning)) as (typeof posts)[number]
  return new Map([
    ['mail-post', titled('The bar of copper')],
    ['mail-long-title', titled('The edge')],
    [
      'mail-confirm',
      confirmation('summer', { confirm: `${site}/subscriptions/confirm/1`, preferences }),
    ],
    ['mail-preferences', preferencesAgain(preferences)],
    ['mail-sign-in', signInLink('ann@example.org', `${site}/sign-in/${sealed}`)],
  ])
}
