/** What is printed when the blog is ready: where it is, and one command to paste. */
import type { Settings } from './settings.ts'

export function welcome({
  blog,
  busUrl,
  bus,
  smtpUrl,
  authorToken,
  authors,
  data,
  link,
}: Pick<Settings, 'bus' | 'smtpUrl' | 'authorToken' | 'authors'> & {
  readonly blog: string
  readonly busUrl: string
  readonly data: string
  /** To sign in by, for the first author; null when there are other ways. */
  readonly link: string | null
}): string {
  const mail = smtpUrl
    ? `mail     goes to ${URL.parse(smtpUrl)?.host ?? 'SMTP_URL'}`
    : `mailbox  ${blog}/mailbox   (SMTP_URL is not set: mails are kept here instead of sent)`
  const writing = [
    ...(authors.length > 0 ? ['a sign-in by one of the AUTHORS'] : []),
    ...(authorToken ? ['the AUTHOR_TOKEN'] : []),
  ]
  const token = authorToken ? '$AUTHOR_TOKEN' : '<a token made on the page /account>'
  const bearer = writing.length > 0 ? ` -H "authorization: Bearer ${token}"` : ''
  return `
blog     ${blog}
bus      ${busUrl}   (its console, and the endpoint for AWS SDKs${bus.accessKeys.size > 0 ? ': sign in with one of the BUSBAR_ACCESS_KEYS' : ''})
${mail}
${data}
${writing.length > 0 ? `Writing needs ${writing.join(', or ')}.` : 'Writing needs no sign-in: only this machine can reach it.'}
${link === null ? '' : `The first of them signs in by this link, once and within 15 minutes; after that, start again for another:\n\n  ${link}\n`}
Open the blog, then paste this and watch:

  curl ${blog}/api/posts${bearer} -H 'content-type: application/json' \\
    -d '{"author":"hunter s thompson","title":"Title","body":"Joe is going to Spain","topic":"summer"}'

`
}
