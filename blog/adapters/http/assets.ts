/** The two files a page asks for. They are asked about each time, and sent when they changed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isKnown } from './etag.ts'
import type { HttpRoute } from './http-route.ts'

export const assets = (): readonly HttpRoute[] => [
  asset('live.js', 'text/javascript; charset=utf-8'),
  asset('style.css', 'text/css; charset=utf-8'),
]

function asset(name: string, type: string): HttpRoute {
  const content = readFileSync(new URL(`../../web/${name}`, import.meta.url), 'utf8')
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
