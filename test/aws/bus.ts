/** The event buses of a stack: our own bus in a process of its own, given the rules and archives of the template. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { EventBridge } from '@aws-sdk/client-eventbridge'
import { client } from '@busbar/event-bus/bin/client'
import { importTemplate } from '@busbar/event-bus/bin/import-template'
import { serve } from '../serve.ts'
import { allows, statementsOf } from './permissions.ts'
import { mayBeSentTo } from './queues.ts'
import { list, members, place, type Stack } from './template.ts'

export interface Buses {
  readonly url: string
  readonly events: EventBridge
  output(): string
  close(): Promise<void>
}

let cache: string | undefined
/** A directory that goes with this process. */
function compiled(): string {
  if (cache !== undefined) return cache
  const directory = mkdtempSync(join(tmpdir(), 'busbar-compiled-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  cache = directory
  return directory
}

/** Targets are delivered to the SQS and SNS server at `services`. */
export async function buses(stack: Stack, services: string): Promise<Buses> {
  const served = await serve({
    env: {
      ...{ AWS_ENDPOINT_URL_SQS: services, AWS_ENDPOINT_URL_SNS: services },
      // Many of these are started, one after the other.
      NODE_COMPILE_CACHE: compiled(),
    },
  })
  try {
    const bus = client({ endpoint: served.url, sign: null })
    const settings = { place, dryRun: false, secrets: false }
    for await (const imported of importTemplate(stack.opened, bus, settings))
      if (imported.Action === 'failed') throw new Error(`${imported.LogicalId}: ${imported.Why}`)
    for (const rule of stack.of('AWS::Events::Rule')) lookAtTargets(stack, rule.logicalId)
    return { url: served.url, events: served.client(), output: served.output, close: served.kill }
  } catch (error) {
    await served.kill()
    throw error
  }
}

/** Throws for targets that AWS would not let the rule reach. */
function lookAtTargets(stack: Stack, logicalId: string): void {
  const rule = stack.of('AWS::Events::Rule').find((each) => each.logicalId === logicalId)
  const arn = String(stack.resolve({ 'Fn::GetAtt': [logicalId, 'Arn'] }))
  for (const { Arn, DeadLetterConfig } of list(stack.propertiesOf(rule as never).Targets)) {
    const service = String(Arn).split(':')[2]
    const dead = members(DeadLetterConfig).Arn
    if (dead !== undefined) mayBeSentTo(stack, String(dead), 'events.amazonaws.com', arn)
    if (service === 'sqs') mayBeSentTo(stack, String(Arn), 'events.amazonaws.com', arn)
    else if (service === 'sns') mayBePublishedTo(stack, String(Arn), arn)
    else if (service !== 'logs')
      throw new Error(`${logicalId} leads to ${Arn}: nobody is that here`)
  }
}

function mayBePublishedTo(stack: Stack, topicArn: string, sourceArn: string): void {
  const documents = stack.of('AWS::SNS::TopicPolicy').map((policy) => stack.propertiesOf(policy))
  const statements = statementsOf(
    documents
      .filter(({ Topics }) => (Topics as readonly string[]).includes(topicArn))
      .map(({ PolicyDocument }) => PolicyDocument),
  )
  const request = {
    ...{ action: 'sns:Publish', resource: topicArn, service: 'events.amazonaws.com' },
    context: {
      ...{ 'aws:SourceArn': sourceArn, 'aws:SecureTransport': 'true' },
      'aws:SourceAccount': place.account,
    },
  }
  if (!allows(statements, request))
    throw new Error(
      `No topic policy lets events.amazonaws.com publish to ${topicArn} for ${sourceArn}`,
    )
}
