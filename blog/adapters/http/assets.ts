/** What a page asks for besides. It is asked about each time, and sent when it has changed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isKnown } from './etag.ts'
import type { HttpRoute } from './http-route.ts'

/** `script` is what was made of `web/client` for browsers. */
export const assets = (script: string): readonly HttpRoute[] => [
  asset('live.js', 'text/javascript; charset=utf-8', script),
  asset('style.css', 'text/css; charset=utf-8', read('style.css', 'prose.css', 'forms.css')),
  asset('icon.svg', 'image/svg+xml', read('icon.svg')),
]

/** The parts one after the other. */
const read = (...parts: readonly string[]): string =>
  parts
    .map((part) => readFileSync(new URL(`../../web/${part}`, import.meta.url), 'utf8'))
    .join('\n')

function asset(name: string, type: string, content: string): HttpRoute {
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
