/** The link that lets an author in. */
import { linkMinutes } from '../credential.ts'
import { letter } from './letter.ts'

export const signInLink = (author: string, signIn: string) =>
  letter({
    subject: 'Sign in to the blog',
    preview: `The link works once, within ${linkMinutes} minutes.`,
    title: 'Sign in to the blog',
    parts: [
      `Somebody, hopefully you, wants to sign in as ${author}.`,
      `If it was you, open this link within ${linkMinutes} minutes; it works once.`,
      { label: 'Sign in', url: signIn },
      'If it was not, do nothing: without the link nobody gets in.',
    ],
    footer: ['You get this because this address is one of the blog’s authors.'],
  })
