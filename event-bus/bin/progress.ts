/** Says how far something is that takes more than a second: then once a second, or every five in a log. */
import type { Terminal } from './terminal.ts'

export function progress(
  { now, progress: show, asks }: Pick<Terminal, 'now' | 'progress' | 'asks'>,
  text: (seconds: number) => string,
): () => void {
  const start = now()
  let next = start + 1_000
  return () => {
    const at = now()
    if (at < next) return
    next = at + (asks ? 1_000 : 5_000)
    show(text((at - start) / 1_000))
  }
}
