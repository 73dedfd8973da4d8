/** The files that a page asks for. They are asked about each time, and sent when they changed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isKnown } from './etag.ts'
import type { HttpRoute } from './http-route.ts'

export const assets = (): readonly HttpRoute[] => [
  asset('live.js', 'text/javascript; charset=utf-8'),
  asset('style.css', 'text/css; charset=utf-8', ['style.css', 'prose.css', 'forms.css']),
  asset('icon.svg', 'image/svg+xml'),
]

/** One file that is sent, made of the parts one after the other. */
function asset(name: string, type: string, parts: readonly string[] = [name]): HttpRoute {
  const read = (part: string) => readFileSync(new URL(`../../web/${part}`, import.meta.url), 'utf8')
  const content = parts.map(read).join('\n')
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  const headers = { 'Content-Type': type, ETag: tag, 'Cache-Control': 'no-cache' }
  return {
    on: `GET /${name}`,
    answer: (c) =>
      isKnown(c.req.header('If-None-Match'), tag)
        ? c.body(null, 304, headers)
        : c.body(content, 200, headers),
  }
}
