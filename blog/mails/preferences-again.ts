/** The way back to the preferences, for who has lost it. */
import { letter } from './letter.ts'

export const preferencesAgain = (preferences: string) =>
  letter({
    subject: 'Your subscriptions',
    preview: 'The link that you asked for.',
    title: 'Your subscriptions',
    parts: [
      'Somebody, hopefully you, asked for the link to your subscriptions. There you see all of them, and end them, begin others, or have all that is kept of you deleted.',
      { label: 'See my subscriptions', url: preferences },
      'Whoever has this link may do the same: pass it on to nobody.',
    ],
    footer: [
      'You get this because you have subscribed to posts of the blog. If you did not ask for the link, do nothing.',
    ],
  })
