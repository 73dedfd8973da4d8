/**
 * IP addresses and the cidr operator. As in event-ruler an address has digits and dots, or hexadecimal
 * digits and colons: the mixed spelling `::ffff:10.0.0.5` is a string like any other.
 */
import type { Refuse } from './errors.ts'

/** Groups of 16 bits: two for IPv4, eight for IPv6. */
export type IpAddress = readonly number[]

/** IPv6 at its longest. A longer text is not even looked at. */
const longest = 39

/**
 * Reads an address. Octets with leading zeros are decimal, and an IPv6 spelling of an IPv4 address
 * (`::ffff:a00:1`) is that IPv4 address: both as Java's InetAddress.
 */
export function ipAddress(text: unknown): IpAddress | undefined {
  if (typeof text !== 'string' || text.length > longest) return undefined
  if (looksLikeV4(text)) {
    const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
    return Math.max(a, b, c, d) < 256 ? [a * 256 + b, c * 256 + d] : undefined
  }
  if (!looksLikeV6(text)) return undefined
  const [head = [], tail, ...more] = text.split('::').map(groups)
  if (more.length > 0) return undefined
  const zeros = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined
  const address = [...head, ...new Array<number>(zeros).fill(0), ...(tail ?? [])]
  if (address.includes(Number.NaN)) return undefined
  const isMapped = address.slice(0, 6).every((group, at) => group === (at === 5 ? 0xffff : 0))
  return isMapped ? address.slice(6) : address
}

/** Reads `10.0.0.0/24`, `2001:db8::/32`; bits beyond the mask are ignored. */
export function cidr(text: string, refuse: Refuse): (value: unknown) => boolean {
  const [address = '', mask, ...more] = text.split('/')
  if (!mask || more.length > 0) return refuse("Malformed CIDR, one '/' required")
  if (!/^[+-]?\d{1,9}$/.test(mask)) return refuse('Malformed CIDR, mask bits must be an integer')
  const bits = Number(mask)
  if (bits < 0) return refuse('Malformed CIDR, mask bits must not be negative')
  const block = ipAddress(address)
  if (block === undefined) {
    const seems = looksLikeV4(address) || looksLikeV6(address)
    return refuse(`${seems ? 'Invalid' : 'Nonstandard'} IP address: ${address}`)
  }
  const size = block.length * 16
  if (bits >= size) return refuse(`IPv${size === 32 ? 4 : 6} mask bits must be < ${size}`)
  return (value) => {
    const found = ipAddress(value)
    return found !== undefined && sharesBits(block, found, bits)
  }
}

/** Whether two addresses of one version agree in their first bits (all, unless told). */
export function sharesBits(a: IpAddress, b: IpAddress, bits = a.length * 16): boolean {
  if (a.length !== b.length) return false
  return a.every((group, at) => {
    const ignored = Math.min(16, Math.max(0, 16 * (at + 1) - bits))
    return group >> ignored === (b[at] ?? 0) >> ignored
  })
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').map((group) => (/^.{1,4}$/.test(group) ? Number.parseInt(group, 16) : NaN))
}

function looksLikeV4(text: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text)
}

function looksLikeV6(text: string): boolean {
  return text.includes(':') && /^[\da-f:]+$/i.test(text)
}
