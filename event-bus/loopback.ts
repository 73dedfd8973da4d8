/**
 * Who can be on the other side: what only this machine reaches needs no sign-in and no certificate.
 * The name is judged as it is written; nothing is looked up.
 */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
