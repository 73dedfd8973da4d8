import assert from 'node:assert/strict'
import { test } from 'node:test'
import { busPolicy } from './bus-policy.ts'

const Version = '2012-10-17'
const at = 'arn:aws:events:us-east-1:000000000000'
const statement = (fields: object = {}) => ({
  ...{ Sid: 'lists', Effect: 'Allow', Principal: '*', Action: 'events:ListRules' },
  ...{ Resource: `${at}:event-bus/orders`, ...fields },
})
const policy = (...Statement: readonly object[]) => ({ Version, Statement })
const of = (document: unknown) => busPolicy(JSON.stringify(document), 'orders')
const refused = (document: unknown, message: string) =>
  assert.throws(() => of(document), { code: 'ValidationException', message })

test('what is no policy is refused', () => {
  for (const text of ['{', ''])
    assert.throws(() => busPolicy(text, 'orders'), {
      message: 'This policy contains invalid Json',
    })
  for (const none of [null, [], 'all', { Version, Statement: 'all' }])
    refused(none, 'This text appears not to be a policy')
  refused({ Statement: [] }, 'Missing required field Version')
  refused({ Version }, 'Missing required field Statement')
  refused(policy(), 'Could not parse the policy: Statement is empty!')
})

test('a statement has its five members, and none that says what is not meant', () => {
  for (const member of ['Sid', 'Effect', 'Principal', 'Action', 'Resource'])
    refused(policy(statement({ [member]: undefined })), `Missing required field ${member}`)
  for (const member of ['NotAction', 'NotResource', 'NotPrincipal'])
    refused(policy(statement({ [member]: '*' })), `Has prohibited field ${member}`)
})

test('actions are those of a bus, also by what they have in common', () => {
  for (const Action of [
    '*',
    'events:*',
    'EVENTS:putevents',
    'events:List*',
    ['events:TagResource'],
  ])
    of(policy(statement({ Action })))
  const wrong = 'Invalid statement at line 1 column 38: '
  const invalid = `${wrong}The following action names are invalid: `
  refused(policy(statement({ Action: 'events:Dance' })), `${invalid}"events:Dance"`)
  refused(
    policy(statement({ Action: ['events:Dance', 'events:PutRule', 'events:Sing*'] })),
    `${invalid}"events:Sing*", "events:Dance"`,
  )
  refused(
    policy(statement({ Action: 'sqs:SendMessage' })),
    `${wrong}Action field includes AWS services that are inconsistent with specified vendor`,
  )
})

test('what is wrong is told with the place of its statement in the text', () => {
  const twice = policy(statement({ Condition: { Bool: { '[{': '"{' } } }), statement())
  const column = JSON.stringify(twice).lastIndexOf('{"Sid"') + 1
  refused(
    twice,
    `Invalid statement at line 1 column ${column}: The Statement Ids in the policy are not unique`,
  )
  const lines = JSON.stringify(policy(statement({ Action: 'events:Dance' })), null, 2)
  assert.throws(() => busPolicy(lines, 'orders'), /at line 4 column 5: The following/)
})

test('resources are the bus and its rules', () => {
  for (const Resource of ['*', `${at}:event-bus/orders`, [`${at}:rule/orders/placed`]])
    of(policy(statement({ Resource })))
  const other = `${at}:event-bus/others`
  refused(
    policy(statement({ Resource: other })),
    `The relative-id "event-bus/others" is invalid for ARN "${other}"`,
  )
  const anywhere = 'arn:aws:events:*:*:event-bus/orders'
  refused(
    policy(statement({ Resource: anywhere })),
    `The namespace "*" is invalid for ARN "${anywhere}"`,
  )
  assert.ok(
    busPolicy(JSON.stringify(policy(statement({ Resource: `${at}:rule/placed` }))), 'default'),
  )
})

test('accounts are kept as their roots, and a single statement as a list', () => {
  const Principal = { AWS: ['123456789012', 'arn:aws:iam::123456789012:role/r'] }
  const root = 'arn:aws:iam::123456789012:root'
  assert.deepEqual(of({ Version, Statement: statement({ Principal }) }), {
    ...{ Version, Statement: [statement({ Principal: { AWS: [root, Principal.AWS[1]] } })] },
  })
  const service = statement({ Principal: { Service: 'events.amazonaws.com' }, Effect: 'Deny' })
  assert.deepEqual(
    of(policy(service, statement({ Sid: 'b', Principal: { AWS: '123456789012' } }))),
    {
      ...policy(service, statement({ Sid: 'b', Principal: { AWS: root } })),
    },
  )
})
