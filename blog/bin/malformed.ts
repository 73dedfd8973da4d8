/** The answer to a request that is not even one: a Host that is no name, a path that is no path. */
export const malformed = (): Response =>
  Response.json(
    { type: 'about:blank', title: 'Bad Request', status: 400, detail: 'The request is malformed.' },
    { status: 400, headers: { 'content-type': 'application/problem+json' } },
  )
