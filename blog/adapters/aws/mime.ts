/**
 * A mail as RFC 5322 writes it: text and HTML in UTF-8, in quoted-printable, so that lines of any length and
 * all of Unicode come through; and headers that nothing in them can break out of. Pure.
 */

/** Quoted-printable never has `=_`, so it is in neither part; the same mail is the same each time. */
const boundary = '=_twins'

/** Values as they are read; lines in them are joined. Programs show the last part that they can. */
export function mime(
  headers: readonly (readonly [string, string])[],
  { text, html }: { readonly text: string; readonly html: string },
): string {
  const lines = headers.map(
    ([name, value]) => `${name}:${value.length > 60 ? '\r\n' : ''} ${value}`,
  )
  return [
    ...lines,
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    ...part('text/plain', text),
    ...part('text/html', html),
    `--${boundary}--`,
    '',
  ].join('\r\n')
}

const part = (type: string, content: string): readonly string[] => [
  `--${boundary}`,
  `Content-Type: ${type}; charset=utf-8`,
  'Content-Transfer-Encoding: quoted-printable',
  '',
  quotedPrintable(content),
]

/** On one line: a line break would begin another header. */
export const oneLine = (value: string): string => value.replaceAll(/[\r\n]+/g, ' ').trim()

/** RFC 2047, unless it is short and plain. */
export function words(value: string): string {
  const line = oneLine(value)
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(line) && !line.includes('=?') && line.length <= 60)
    return line
  const parts: string[] = ['']
  for (const each of line.toWellFormed()) {
    const last = parts.length - 1
    // A word has 75 characters at most, 63 of them Base64, and no letter is divided.
    if (Buffer.byteLength(`${parts[last]}${each}`) > 45) parts.push(each)
    else parts[last] += each
  }
  return parts.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ')
}

export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** A name in front of an address. */
export const mailbox = ({ name, address }: Mailbox): string => {
  if (name === '') return `<${address}>`
  const isPlain = /^[\w .,'&()@:;[\]<>!#$%*+/?^{|}~-]+$/.test(name) && name.length <= 60
  return `${isPlain ? (/^[\w -]+$/.test(name) ? name : `"${name}"`) : words(name)} <${address}>`
}

/** RFC 2045; a line break of any kind is CRLF. */
function quotedPrintable(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => {
      const quoted = [...Buffer.from(line)].map((byte, at, bytes) => {
        const isBlank = byte === 0x20 || byte === 0x09
        const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x3d
        if (isPlain || (isBlank && at < bytes.length - 1)) return String.fromCharCode(byte)
        return `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
      })
      return softened(quoted)
    })
    .join('\r\n')
}

/** Lines of 76 at most; what is quoted is not divided. */
function softened(quoted: readonly string[]): string {
  let line = 0
  return quoted
    .map((each, at) => {
      const room = at === quoted.length - 1 ? 76 : 75
      if (line + each.length <= room) {
        line += each.length
        return each
      }
      line = each.length
      return `=\r\n${each}`
    })
    .join('')
}
