// What Lambda runs a function in: loads the handler, then answers one event after the other. It knows the
// environment that its template gives it and nothing else. What it compiled is kept for the next one: it may
// be killed at any time.
import { flushCompileCache } from 'node:module'

const [, , file, name] = process.argv
const loading = import(file)
loading.then(
  (module) => {
    const isThere = typeof module[name] === 'function'
    process.send(
      isThere
        ? { ready: true }
        : { failed: told(new Error(`${file} exports no function ${name}`)) },
    )
    flushCompileCache()
  },
  (error) => process.send({ failed: told(error) }),
)

process.on('message', async ({ id, event, context, deadline }) => {
  try {
    const { [name]: handler } = await loading
    const answer = await handler(event, {
      ...context,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    })
    // What Lambda answers is JSON.
    process.send({ id, answer: answer === undefined ? 'null' : JSON.stringify(answer) })
  } catch (error) {
    process.send({ id, failed: told(error) })
  }
})
process.on('disconnect', () => process.exit(0))

function told(error) {
  const { name: errorType = 'Error', message, stack = '' } = error ?? {}
  return { errorType, errorMessage: String(message ?? error), trace: String(stack).split('\n') }
}
