/** Who may look at the bus's pages: whoever has an access key, as a browser or an AWS client sends it. */
import type { IncomingMessage } from 'node:http'

export interface Visitors {
  /** Null when the request is signed with one of the keys. */
  verify(
    method: string,
    url: string,
    headers: IncomingMessage['headersDistinct'],
    body: Uint8Array,
  ): Error | null
  isKey(id: string, secret: string): boolean
}

const nothing = new Uint8Array()

export function signsIn(
  { method = 'GET', url = '/', headers, headersDistinct }: IncomingMessage,
  { verify, isKey }: Visitors,
): boolean {
  const [scheme = '', credentials = ''] = (headers.authorization ?? '').split(' ')
  if (scheme.toLowerCase() !== 'basic')
    return verify(method, url, headersDistinct, nothing) === null
  const pair = Buffer.from(credentials, 'base64').toString()
  const colon = pair.indexOf(':')
  return colon > 0 && isKey(pair.slice(0, colon), pair.slice(colon + 1))
}
