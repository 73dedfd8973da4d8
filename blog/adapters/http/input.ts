/** Reads what an endpoint takes from a request, and refuses it with all of its faults at once. */
import type { Context } from 'hono'
import { readJson } from './body.ts'
import type { Endpoint, Input } from './endpoint.ts'
import { type Fault, invalid, refused } from './problem.ts'
import { check, postId } from './schemas.ts'

export async function inputOf(c: Context, endpoint: Endpoint): Promise<Input> {
  const id = c.req.param('id') ?? ''
  if (endpoint.on.includes('{id}') && !postId.safeParse(id).success)
    throw refused({ status: 404, detail: 'There is no post with this id.' })

  const names = Object.keys(endpoint.headers.shape)
  const headers = Object.fromEntries(names.map((name) => [name, c.req.header(name)]))
  // The only header that is required is the one that guards an edit.
  if ('If-Match' in headers && headers['If-Match'] === undefined)
    throw refused({
      status: 428,
      detail: 'Send If-Match with the ETag of the post that you read, or * for any.',
    })

  const faults: Fault[] = []
  const checked = <T>(result: { readonly value: T } | { readonly faults: readonly Fault[] }) => {
    if ('value' in result) return result.value
    faults.push(...result.faults)
    return undefined
  }
  const input = {
    id,
    query: checked(check(endpoint.query, queryOf(c))),
    headers: checked(check(endpoint.headers, headers)),
    body: endpoint.body && checked(check(endpoint.body, await readJson(c))),
  }
  if (faults.length > 0) throw invalid(faults)
  return input
}

/**
 * A parameter without a value is as good as absent: forms and templates send `?cursor=`. Its name
 * stays, so that a wrong one is still told. One that is given more than once is a list, which no
 * schema takes.
 */
export function queryOf(c: Context): Readonly<Record<string, unknown>> {
  const search = new URL(c.req.url).searchParams
  const values = [...new Set(search.keys())].map((name): [string, unknown] => {
    const all = search.getAll(name)
    return [name, all.length === 1 ? all[0] || undefined : all]
  })
  return Object.fromEntries(values)
}
