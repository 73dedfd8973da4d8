/** What goes wrong, one JSON object a line on stderr. Nobody's address and no text of a post is among it. */
export function log(level: 'error' | 'info', where: string, what: unknown): void {
  const told = what instanceof Error ? { message: what.message, stack: what.stack } : what
  const line = { time: new Date().toISOString(), level, where, ...(told as object) }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}
