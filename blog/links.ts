/** Where the pages stand that a mail leads to. */
import type { Links } from './ports.ts'

export const links = (publicUrl: string): Links => ({
  post: (id) => `${publicUrl}/posts/${id}`,
  confirm: (token) => `${publicUrl}/subscriptions/confirm/${token}`,
  preferences: (sealed) => `${publicUrl}/subscriptions/preferences/${sealed}`,
  unsubscribe: (token) => `${publicUrl}/subscriptions/unsubscribe/${token}`,
  signIn: (sealed) => `${publicUrl}/sign-in/${sealed}`,
  host: new URL(publicUrl).hostname.replaceAll(/[[\]]/g, ''),
})
