/**
 * IP addresses and the cidr operator. As in event-ruler an address has digits and dots, or hexadecimal
 * digits and colons: the mixed spelling `::ffff:10.0.0.5` is a string like any other.
 */
import type { Matcher } from './condition.ts'

/** Groups of 16 bits: two for IPv4, eight for IPv6. */
export type IpAddress = readonly number[]

/** IPv6 at its longest. A longer text is not even looked at. */
const longest = 39
/** As Java's InetAddress has it: a longer spelling of an IPv4 address is a string like any other. */
const longestV4 = 15

/**
 * Reads an address. Octets with leading zeros are decimal, and an IPv6 spelling of an IPv4 address
 * (`::ffff:a00:1`) is that IPv4 address: both as Java's InetAddress.
 */
export function ipAddress(text: unknown): IpAddress | undefined {
  if (typeof text !== 'string' || text.length > longest) return undefined
  const octets = octetsOf(text)
  if (octets !== undefined) {
    if (text.length > longestV4) return undefined
    const [a = 0, b = 0, c = 0, d = 0] = octets
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

/**
 * What the cidr operator compares, all in hexadecimal digits: 8 for IPv4, 32 for IPv6. Of a number it
 * is its decimal digits, as event-ruler has it: 167772161 is in 22.119.112.0/20, 0x16777000 and on.
 */
export function addressText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'symbol') return value.description
  if (value === last.value) return last.text
  last = { value, text: hexadecimal(ipAddress(value)) }
  return last.text
}

function hexadecimal(address: IpAddress | undefined): string | undefined {
  if (address === undefined) return undefined
  let text = ''
  for (const group of address)
    text += (hexadecimalBytes[group >> 8] as string) + (hexadecimalBytes[group & 0xff] as string)
  return text
}

const hexadecimalBytes = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0').toUpperCase(),
)

/** Many rules ask for the address of one event. */
let last: { value: unknown; text: string | undefined } = { value: undefined, text: undefined }

/**
 * Reads `10.0.0.0/24`, `2001:db8::/32`; bits beyond the mask are ignored. As in event-ruler a block also
 * holds addresses of the other kind, and numbers, whose digits lie between those of its ends: `/0`
 * holds nearly all of both.
 */
export function cidr(text: string, refuse: (reason: string) => never): Matcher {
  let end = text.length
  // As in Java, slashes at the end split off nothing.
  while (text[end - 1] === '/') end--
  const [address = '', mask, ...more] = text.slice(0, end).split('/')
  if (mask === undefined || more.length > 0) return refuse("Malformed CIDR, one '/' required")
  const bits = Number(mask)
  if (!/^[+-]?\d+$/.test(mask) || bits >= 2 ** 31 || bits < -(2 ** 31))
    return refuse('Malformed CIDR, mask bits must be an integer')
  if (bits < 0) return refuse('Malformed CIDR, mask bits must not be negative')
  const block = ipAddress(address)
  if (block === undefined) {
    const seems = looksLikeV4(address) || looksLikeV6(address)
    return refuse(`${seems ? 'Invalid' : 'Nonstandard'} IP address: ${address}`)
  }
  const size = block.length * 16
  if (bits >= size) return refuse(`IPv${size === 32 ? 4 : 6} mask bits must be < ${size}`)
  return addresses(block, bits)
}

/** Matches one address, however it is spelt. */
export function oneAddress(address: IpAddress): Matcher {
  const { test, clue } = addresses(address, address.length * 16)
  return {
    test: (value) => typeof value === 'string' && value.length <= longest && test(value),
    clue,
  }
}

function addresses(block: IpAddress, bits: number): Matcher {
  const filled = (fill: 0 | 0xffff) =>
    block.map((group, at) => {
      const free = 0xffff >> Math.min(16, Math.max(0, bits - 16 * at))
      return (group & ~free) | (fill & free)
    })
  const low = hexadecimal(filled(0)) ?? ''
  const high = hexadecimal(filled(0xffff)) ?? ''
  return {
    test: (value) => {
      const text = addressText(value)
      if (text === undefined) return false
      const beginning = text.slice(0, low.length)
      if (beginning < low || beginning > high || !/^[\dA-F.]+$/.test(beginning)) return false
      // What ends before it is clear on which side it lies, is in no block.
      return beginning.length === low.length || !(low.startsWith(text) || high.startsWith(text))
    },
    clue: { kind: 'addresses', low, high },
  }
}

/** Four numbers between dots. Events have an address each: a regular expression and `split` took longer. */
function octetsOf(text: string): readonly number[] | undefined {
  const octets = [0, 0, 0, 0]
  let octet = 0
  let isEmpty = true
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x2e) {
      if (isEmpty || ++octet > 3) return undefined
      isEmpty = true
    } else {
      if (unit < 0x30 || unit > 0x39) return undefined
      octets[octet] = (octets[octet] as number) * 10 + unit - 0x30
      isEmpty = false
    }
  }
  return octet === 3 && !isEmpty ? octets : undefined
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').map((group) => {
    const value = group === '' ? Number.NaN : Number.parseInt(group, 16)
    return value > 0xffff ? Number.NaN : value
  })
}

function looksLikeV4(text: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text)
}

function looksLikeV6(text: string): boolean {
  return text.includes(':') && /^[\da-f:]+$/i.test(text)
}
