/**
 * The URLs that an API destination and a connection may call: https, or http on this machine, where
 * nobody listens in and development servers have no certificates.
 */
import { pattern, type TextConstraint } from './constraints.ts'
import { DeliveryRefused } from './errors.ts'

/** EventBridge's model of one. */
export const endpointConstraint: TextConstraint = {
  required: true,
  min: 1,
  max: 2048,
  pattern: pattern("^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$"),
}

/** What is wrong with an endpoint that the model allows; null when nothing is. */
export function endpointFault(text: string, { wildcards = false } = {}): string | null {
  const url = URL.parse(withScheme(text))
  if (!url) return 'it is no URL.'
  if (url.username || url.password) return 'credentials belong in the connection.'
  if (url.protocol === 'http:' ? !isLoopback(url.hostname) : url.protocol !== 'https:')
    return 'it must use HTTPS. HTTP is for localhost and 127.0.0.1.'
  if (url.host.includes('*')) return 'a wildcard (*) stands in the path alone.'
  if (!wildcards && text.includes('*')) return 'it may not have wildcards (*).'
  return null
}

/** EventBridge takes one without a scheme, too. */
const withScheme = (text: string): string =>
  /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`

const isLoopback = (hostname: string) =>
  hostname === 'localhost' || /^127(\.\d+){3}$/.test(hostname)

/**
 * The endpoint with a value for each `*` of its path, escaped, so that a value is one part of the
 * path and can never lead out of it. Throws `DeliveryRefused` when values are missing or would.
 */
export function filledEndpoint(endpoint: string, values: readonly string[]): URL {
  const [path = '', ...query] = withScheme(endpoint).split(/(?=\?)/)
  const parts = path.split('*')
  if (values.length < parts.length - 1)
    throw refused(
      `its path has ${parts.length - 1} wildcards, but PathParameterValues ${values.length}`,
    )
  const filled = parts.map((part, index) =>
    index === 0 ? part : encodeURIComponent(values[index - 1] ?? '') + part,
  )
  // Escaping leaves `..` as it is, and a URL resolves it.
  if (
    values.length > 0 &&
    filled
      .join('')
      .split('/')
      .some((part) => /^(\.|%2e){1,2}$/i.test(part))
  )
    throw refused('a path parameter of dots alone would lead to another path')
  return new URL(filled.join('') + query.join(''))
}

const refused = (why: string) =>
  new DeliveryRefused(`Unable to invoke ApiDestination endpoint: ${why}.`, {
    code: 'INVALID_PARAMETER',
  })
