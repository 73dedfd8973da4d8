/** The question whether a subscription was meant. */
import { letter } from './letter.ts'

export const confirmation = (
  topic: string,
  its: { readonly confirm: string; readonly preferences: string },
) =>
  letter({
    subject: `Please confirm: mail about ${topic}`,
    preview: 'Nothing is sent before you do. The link works for 48 hours.',
    title: `Mail about “${topic}”?`,
    parts: [
      `Somebody, hopefully you, asked for a mail whenever a post about “${topic}” appears.`,
      'If it was you, open this link within 48 hours.',
      { label: 'Yes, send me mail', url: its.confirm },
      'If it was not, do nothing: there will be no further mail.',
    ],
    footer: [
      'You get this because your address was typed into a form of the blog.',
      { label: 'What is kept of it, and how to have it deleted', url: its.preferences },
    ],
  })
