/** One method on one path, and what answers it. */
import type { Context, Hono } from 'hono'
import { refused } from './problem.ts'

export interface HttpRoute {
  /** In the flow's words, e.g. `GET /posts/{id}`. */
  readonly on: string
  readonly answer: (c: Context) => Response | Promise<Response>
}

/** Serves the routes; a method that a path does not know is answered 405. */
export function serve(app: Hono, routes: readonly HttpRoute[]): void {
  const methodsOf = new Map<string, string[]>()
  for (const { on, answer } of routes) {
    const [method, template] = on.split(' ') as [string, string]
    const path = template.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(method, path, answer)
    methodsOf.set(path, [...(methodsOf.get(path) ?? []), method])
  }
  for (const [path, methods] of methodsOf)
    app.all(path, () => {
      const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods
      throw refused({
        status: 405,
        detail: `Only ${allowed.join(', ')} here.`,
        headers: { Allow: allowed.join(', ') },
      })
    })
}
