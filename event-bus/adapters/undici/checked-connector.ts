/**
 * Opens connections to addresses that may be called, and no others. The address that was checked is
 * the one that is connected to, so a name that answers differently the second time gains nothing;
 * Host and SNI keep the name.
 */
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import { buildConnector } from 'undici'

/** All addresses of a name. Rejects with `code` ENOTFOUND when there is no such name. */
export type Resolve = (
  hostname: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** The system's resolver: /etc/hosts and the search list count, as for every program here. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true })

/** `code` of the error when an address may not be called. */
export const addressRefused = 'ADDRESS_REFUSED'

export function checkedConnector({
  isCallable,
  resolve,
  ca,
}: {
  readonly isCallable: (address: string) => boolean
  readonly resolve: Resolve
  /** Certificates, as PEM, that are trusted besides the machine's. */
  readonly ca: readonly string[] | undefined
}): buildConnector.connector {
  /** Every address of a name has to be callable: one that is not tells what the name is for. */
  const checkedLookup: LookupFunction = (hostname, { all }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses
        if (!first) return callback(coded('ENOTFOUND'), '')
        if (!addresses.every(({ address }) => isCallable(address)))
          return callback(coded(addressRefused), '')
        if (all) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, ''),
    )
  }
  const connector = buildConnector({
    allowH2: false,
    timeout: 5_000,
    lookup: checkedLookup,
    ...(ca && { ca: [...getCACertificates('default'), ...ca] }),
  })

  return (options, callback) => {
    // A host that is an address is not looked up.
    const host = options.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) && !isCallable(host)) return callback(coded(addressRefused), null)
    connector(options, (...[error, socket]) => {
      if (error) return callback(error, null)
      const { remoteAddress } = socket
      // It has none when it is closed again.
      if (remoteAddress === undefined || isCallable(remoteAddress)) return callback(null, socket)
      socket.destroy()
      callback(coded(addressRefused), null)
    })
  }
}

const coded = (code: string) => Object.assign(new Error(code), { code })
