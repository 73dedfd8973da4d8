/** The entry of every function on AWS: TARGET says which part of the flow it is. */
import { readFileSync } from 'node:fs'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { lambda } from '@busbar/runtime/lambda'
import { variables } from '@busbar/runtime/lambda-environment'
import { blog } from '../flow.ts'
import { makers } from './lambda-makers.ts'

/** CloudWatch makes fields of a line that is JSON. */
const log = (line: Readonly<Record<string, unknown>>) =>
  void process.stdout.write(`${JSON.stringify(line)}\n`)

/** Made with the bundle, and in it. */
const script = () => readFileSync(new URL('../../web/live.js', import.meta.url), 'utf8')

/** What cannot be made stops the function at its start, where AWS shows it, and not at a message. */
export const handler = await lambda(blog, {
  target: process.env[variables.target] ?? '',
  make: makers({ env: process.env, clock, log, script }),
  ...{ clock, random: Math.random, log },
})
