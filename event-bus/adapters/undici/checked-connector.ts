/**
 * Opens connections to addresses that may be called, and no others. The address that was checked is
 * the one that is connected to, so a name that answers differently the second time gains nothing;
 * Host and SNI keep the name.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { getCACertificates } from 'node:tls'
import { buildConnector } from 'undici'
import { addressRefused, checkedLookup, coded, hostOf, type Resolve } from '../../outbound.ts'

/** The system's resolver: /etc/hosts and the search list count, as for every program here. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true })

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
  const connector = buildConnector({
    allowH2: false,
    timeout: 5_000,
    lookup: checkedLookup(resolve, isCallable),
    ...(ca && { ca: [...getCACertificates('default'), ...ca] }),
  })

  return (options, callback) => {
    // A host that is an address is not looked up.
    const host = hostOf(options.hostname)
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
