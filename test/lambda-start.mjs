// A function's start, as Lambda does it: loads the bundle whose file is named, with the environment that it
// is given, and says how long that took and what it loaded. With a request it answers that, too.
import { registerHooks } from 'node:module'
import { cpuUsage, stdout } from 'node:process'
import { pathToFileURL } from 'node:url'

const [, , file, traced, request] = process.argv
const loaded = []
if (traced === 'traced')
  registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:')) loaded.push(url)
      return next(url, context)
    },
  })

const cpu = cpuUsage()
const from = performance.now()
const { handler } = await import(pathToFileURL(file))
const ms = performance.now() - from
const { user, system } = cpuUsage(cpu)

const context = { invokedFunctionArn: '', getRemainingTimeInMillis: () => 30_000 }
const answer = request && (await handler(JSON.parse(request), context))
stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1_000, loaded, answer }))
