/** Reads a request's body, and keeps no more of it than is allowed. */
import type { Context } from 'hono'
import { isDecodable } from './decodable.ts'
import { refused } from './problem.ts'

/** The longest post fits, also where a form or JSON writes each of its letters with nine bytes. */
const maxBytes = 512 * 1024
const maxDiscarded = 4 * 1024 * 1024
const momentMs = 200

/** The text of a body of that media type. Refuses with 415, 413 or 400. */
export async function readText(c: Context, mediaType: string): Promise<string> {
  const [type, ...parameters] = (c.req.header('Content-Type') ?? '').toLowerCase().split(';')
  const encoding = c.req.header('Content-Encoding')?.toLowerCase() ?? 'identity'
  if (type?.trim() !== mediaType || !parameters.every(isUtf8) || encoding !== 'identity')
    throw refused({ status: 415, detail: `Send ${mediaType} in UTF-8, not compressed.` })
  const bytes = await readBytes(c)
  if (bytes.byteLength === 0) throw refused({ status: 400, detail: 'The body is empty.' })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refused({ status: 400, detail: 'The body is not UTF-8.' })
  }
}

export async function readJson(c: Context): Promise<unknown> {
  const text = await readText(c, 'application/json')
  try {
    return JSON.parse(text)
  } catch {
    throw refused({ status: 400, detail: 'The body is not JSON.' })
  }
}

/** The fields of an HTML form; of a field that came twice, the last. */
export async function readForm(c: Context): Promise<Readonly<Record<string, string>>> {
  const text = await readText(c, 'application/x-www-form-urlencoded')
  // URLSearchParams would put a substitute for what is no UTF-8.
  if (!isDecodable(text)) throw refused({ status: 400, detail: 'The form is malformed.' })
  const fields = new URLSearchParams(text)
  // Browsers send the lines of a textarea with CRLF, whatever the author's system writes.
  return Object.fromEntries(
    [...fields].map(([name, value]) => [name, value.replaceAll('\r\n', '\n')]),
  )
}

const isUtf8 = (parameter: string): boolean => {
  const [name, value = ''] = parameter.split('=')
  return name?.trim() !== 'charset' || /^\s*"?utf-?8"?\s*$/.test(value)
}

async function readBytes(c: Context): Promise<Uint8Array> {
  const announced = Number(c.req.header('Content-Length') ?? Number.NaN)
  if (announced > maxBytes) {
    await forAMoment(discard(c.req.raw.body?.getReader()))
    throw tooLarge()
  }
  try {
    // With a length, the server's parser lets no further byte through, and this is its fast path.
    const bytes = Number.isNaN(announced)
      ? await readChunks(c.req.raw.body)
      : new Uint8Array(await c.req.arrayBuffer())
    if (bytes && bytes.byteLength <= maxBytes) return bytes
  } catch (cause) {
    throw Object.assign(refused({ status: 400, detail: 'The body broke off.' }), { cause })
  }
  throw tooLarge()
}

/** Null when there are too many. */
async function readChunks(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  const reader = body?.getReader()
  for (let size = 0; size <= maxBytes; ) {
    const { value } = (await reader?.read()) ?? {}
    if (!value) return Buffer.concat(chunks)
    size += value.byteLength
    chunks.push(value)
  }
  await forAMoment(discard(reader))
  return null
}

/**
 * Reads on and keeps nothing. Who still sends finds the answer then, and not a connection that was closed
 * under the next request; and a proxy hands the answer on, which has to write before it reads.
 */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  try {
    for (let size = 0; size <= maxDiscarded; ) {
      const { value } = (await reader?.read()) ?? {}
      if (!value) return
      size += value.byteLength
    }
    await reader?.cancel()
  } catch {
    // Whoever sent it has gone.
  }
}

/** Goes on by itself after that: nobody is waited for who sends slowly. */
const forAMoment = (work: Promise<void>): Promise<unknown> => {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const late = setTimeout(resolve, momentMs)
  return Promise.race([work.finally(() => clearTimeout(late)), over])
}

const tooLarge = () => refused({ status: 413, detail: `The body is over ${maxBytes / 1024} KiB.` })
