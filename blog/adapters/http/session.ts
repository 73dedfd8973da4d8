/** The cookie that a browser has been signed in by, and where it may be led afterwards. */
import type { Context } from 'hono'
import { sessionDays } from '../../credential.ts'
import type { HttpOptions } from './options.ts'

type Site = Pick<HttpOptions, 'publicUrl'>

const isSecure = ({ publicUrl }: Site): boolean => publicUrl.startsWith('https:')
/** With this prefix browsers take it from this very host by https alone, so no neighbour can set one. */
const nameOf = (site: Site): string => (isSecure(site) ? '__Host-session' : 'session')

/** The session's secret; null when there is none that could be one of ours. */
export function sessionOf(c: Context, site: Site): string | null {
  const wanted = `${nameOf(site)}=`
  const cookies = (c.req.header('Cookie') ?? '').split(/; */)
  const found = cookies.find((each) => each.startsWith(wanted))?.slice(wanted.length)
  return found !== undefined && /^[\w-]{16,128}$/.test(found) ? found : null
}

export const keepSession = (c: Context, site: Site, session: string): void =>
  setCookie(c, site, session, sessionDays * 86_400)

export const dropSession = (c: Context, site: Site): void => setCookie(c, site, '', 0)

function setCookie(c: Context, site: Site, value: string, seconds: number): void {
  const secure = isSecure(site) ? '; Secure' : ''
  c.header(
    'Set-Cookie',
    `${nameOf(site)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`,
    { append: true },
  )
}

/** The path if it is one of this site, `/` otherwise: nobody is led elsewhere after a sign-in. */
export const ownPath = (to: string | undefined): string =>
  to !== undefined && /^\/(?![/\\])[!-[\]-~]{0,1000}$/.test(to) ? to : '/'
