/** What is printed when the blog is ready: where it is, and one command to paste. */
import type { Settings } from './settings.ts'

export function welcome({
  blog,
  busUrl,
  bus,
  smtpUrl,
  authorToken,
  data,
}: Pick<Settings, 'bus' | 'smtpUrl' | 'authorToken'> & {
  readonly blog: string
  readonly busUrl: string
  readonly data: string
}): string {
  const mail = smtpUrl
    ? `mail     goes to ${URL.parse(smtpUrl)?.host ?? 'SMTP_URL'}`
    : `mailbox  ${blog}/mailbox   (SMTP_URL is not set: mails are kept here instead of sent)`
  const bearer = authorToken ? ` -H "authorization: Bearer $AUTHOR_TOKEN"` : ''
  return `
blog     ${blog}
bus      ${busUrl}   (its console, and the endpoint for AWS SDKs${bus.accessKeys.size > 0 ? ': sign in with one of the BUSBAR_ACCESS_KEYS' : ''})
${mail}
${data}
${authorToken ? 'Writing needs the AUTHOR_TOKEN.' : 'Writing needs no sign-in: only this machine can reach it.'}

Open the blog, then paste this and watch:

  curl ${blog}/api/posts${bearer} -H 'content-type: application/json' \\
    -d '{"author":"hunter s thompson","title":"Title","body":"Joe is going to Spain","topic":"summer"}'

`
}
