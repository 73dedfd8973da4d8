/**
 * Which addresses may be called when somebody else has named the host. Those of the open internet
 * may; this machine, its network, the cloud's metadata service and whatever else leads inside may
 * not, unless the operator allows it. Ranges: IANA's special-purpose address registries.
 */
import { BlockList, isIP } from 'node:net'

export interface AllowedAddresses {
  /** Ranges such as 10.0.0.0/8 or fd00::/8, or single addresses. */
  readonly allow: readonly string[]
  /** 127.0.0.0/8 and ::1. */
  readonly allowLoopback: boolean
}

const loopback = ['127.0.0.0/8', '::1/128']

/** Not of the open internet. 168.63.129.16 is Azure's inside, for all that it looks like outside. */
const inside = ranges([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  '168.63.129.16',
  // Within 2000::/3: protocols (Teredo), documentation, 6to4, documentation.
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
])
/** All that the open internet has of IPv6. */
const outside6 = ranges(['2000::/3'])

/** Throws, saying how to write it, when a range is none. */
export function callableAddresses({
  allow,
  allowLoopback,
}: AllowedAddresses): (address: string) => boolean {
  const allowed = ranges([...allow, ...(allowLoopback ? loopback : [])])
  return (address) => {
    const [plain = ''] = address.split('%') // without IPv6's zone
    const version = isIP(plain)
    if (version === 4) return allowed.check(plain) || !inside.check(plain)
    if (version !== 6) return false
    const embedded = embeddedIPv4(plain)
    if (embedded) return allowed.check(embedded) || !inside.check(embedded)
    if (allowed.check(plain, 'ipv6')) return true
    return outside6.check(plain, 'ipv6') && !inside.check(plain, 'ipv6')
  }
}

/** Of ::ffff:0:0/96, and of NAT64's 64:ff9b::/96, by which hosts without IPv4 reach all of it. */
function embeddedIPv4(address: string): string | null {
  const { hostname } = new URL(`http://[${address}]`) // in its one canonical form
  const match = /^\[(?:::ffff|64:ff9b:):(?:([0-9a-f]+):)?([0-9a-f]+)\]$/.exec(hostname)
  if (!match) return null
  const [, high = '0', low = '0'] = match
  const bytes = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return bytes.flatMap((pair) => [pair >> 8, pair & 255]).join('.')
}

function ranges(texts: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of texts) {
    const [address = '', bits] = text.split('/')
    const version = isIP(address)
    const most = version === 4 ? 32 : 128
    if (version === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
      throw new Error(`${text} is no range of addresses. Write one like 10.0.0.0/8 or fd00::/8.`)
    list.addSubnet(
      address,
      bits === undefined ? most : Number(bits),
      version === 4 ? 'ipv4' : 'ipv6',
    )
  }
  return list
}
