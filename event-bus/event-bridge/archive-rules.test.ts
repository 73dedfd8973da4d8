/** The rule that EventBridge has for an archive: shown, nobody's to change, and what it means to take it away. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aShop, busArn, functionArn, placed } from '../testing/event-bridge.ts'

const archived = { ArchiveName: 'all' }
const Name = 'Events-Archive-all'
const named = { Name, EventBusName: 'orders' }
const ofRule = { Rule: Name, EventBusName: 'orders' }
const arn = `arn:aws:events:us-east-1:000000000000:rule/orders/${Name}`
const EventPattern = '{"source":["shop"],"replay-name":["again"]}'

/** With the archive `all` of the bus `orders`. */
async function anArchivedShop() {
  const started = await aShop()
  await started.bridge.createArchive({
    ...{ ...archived, EventPattern },
    EventSourceArn: busArn('orders'),
  })
  return started
}

const managed = (message: string) => ({ code: 'ManagedRuleException', message })
const forced = "Events-Archive-all is a managed rule. Set 'force' parameter to true to override."

describe('an archive’s rule', () => {
  test('is shown as one that EventBridge manages, with the target that fills the archive', async () => {
    const { bridge } = await anArchivedShop()
    const shown = {
      ...{ ...named, Arn: arn, State: 'ENABLED', ManagedBy: 'prod.vhs.events.aws.internal' },
      EventPattern: '{"replay-name":[{"exists":false}],"source":["shop"]}',
    }

    const { Rules } = await bridge.listRules({ EventBusName: 'orders' })
    const { Targets } = await bridge.listTargetsByRule(ofRule)

    assert.deepEqual(Rules[0], shown)
    assert.deepEqual(await bridge.describeRule(named), { ...shown, CreatedBy: '000000000000' })
    assert.equal(bridge.describeArchive(archived).EventPattern, EventPattern)
    const [{ InputTransformer, ...target } = {}, ...others] = Targets
    assert.deepEqual(target, { Id: Name, Arn: 'arn:aws:events:us-east-1:::' })
    assert.deepEqual(others, [])
    assert.deepEqual(InputTransformer?.InputPathsMap, {})
    assert.match(
      InputTransformer?.InputTemplate ?? '',
      /^\{"archive-arn": "arn:aws:events:us-east-1:000000000000:archive\/all:[0-9a-f-]{36}","event": <aws\.events\.event\.json>,"ingestion-time": <aws\.events\.event\.ingestion-time>\}$/,
    )
    const { RuleNames } = await bridge.listRuleNamesByTarget({
      ...{ TargetArn: 'arn:aws:events:us-east-1:::', EventBusName: 'orders' },
    })
    assert.deepEqual(RuleNames, [Name])
    assert.deepEqual(await bridge.listTagsForResource({ ResourceARN: arn }), { Tags: [] })
  })

  test('delivers nothing', async () => {
    const { bridge, put, dead, waiting, requests } = await anArchivedShop()

    await put(1)

    assert.equal(bridge.describeArchive(archived).EventCount, 1)
    assert.deepEqual([await dead(), await waiting(), requests], [[], 0, []])
  })

  test('is nobody’s to change, without and with force', async () => {
    const { bridge } = await anArchivedShop()
    const Targets = [{ Id: 'ship', Arn: functionArn('ship') }]

    for (const asked of [
      bridge.putRule({ ...placed, Name }),
      bridge.putTargets({ ...ofRule, Targets }),
      bridge.disableRule(named),
      bridge.enableRule(named),
    ])
      await assert.rejects(asked, managed('Events-Archive-all is a managed rule.'))
    await assert.rejects(bridge.deleteRule(named), managed(forced))
    await assert.rejects(bridge.removeTargets({ ...ofRule, Ids: [Name] }), managed(forced))
    for (const asked of [
      bridge.tagResource({ ResourceARN: arn, Tags: [] }),
      bridge.untagResource({ ResourceARN: arn, TagKeys: ['a'] }),
    ])
      await assert.rejects(
        asked,
        managed(`Tag related operations on the managed rule ${Name} is not allowed.`),
      )
  })

  test('goes with the archive, and its bus not before it', async () => {
    const { bridge } = await anArchivedShop()
    await bridge.removeTargets({ Rule: 'placed', EventBusName: 'orders', Ids: ['ship'] })
    await bridge.deleteRule(placed)

    await assert.rejects(bridge.deleteEventBus({ Name: 'orders' }), {
      code: 'ValidationException',
      message: "EventBus can't be deleted since it has rules.",
    })
    await bridge.deleteArchive(archived)
    await assert.rejects(bridge.describeRule(named), { code: 'ResourceNotFoundException' })
    await bridge.deleteEventBus({ Name: 'orders' })
  })

  test('is not made when a rule of that name is there', async () => {
    const { bridge } = await aShop()
    await bridge.putRule({ ...placed, Name })

    await assert.rejects(bridge.createArchive({ ...archived, EventSourceArn: busArn('orders') }), {
      code: 'ResourceAlreadyExistsException',
      message:
        "A rule with the pattern 'Events-Archive-all' already exists. Please choose a different archive name or delete your rule, then, try again.",
    })
  })
})

describe('an archive whose rule is taken away by force', () => {
  const Force = true

  test('is disabled with the rule’s target, and takes nothing, also in the next process', async () => {
    const first = await anArchivedShop()
    await first.put(1)

    await first.bridge.removeTargets({ ...ofRule, Ids: ['other'], Force })
    assert.equal(first.bridge.describeArchive(archived).State, 'ENABLED')
    await first.bridge.removeTargets({ ...ofRule, Ids: [Name], Force })
    await first.put(2)

    const { bridge, put } = await first.restarted()
    await put(3)
    const { State, StateReason, EventCount } = bridge.describeArchive(archived)
    assert.deepEqual(
      [State, StateReason, EventCount],
      ['DISABLED', 'Managed rule for the archive was forcefully deleted.', 1],
    )
    assert.equal(bridge.listArchives({ State: 'DISABLED' }).Archives.length, 1)
    assert.deepEqual(bridge.listArchives({ State: 'ENABLED' }).Archives, [])
    assert.deepEqual(await bridge.listTargetsByRule(ofRule), { Targets: [] })
  })

  test('has the rule and takes events again when it is updated', async () => {
    const { bridge, put } = await anArchivedShop()
    await assert.rejects(bridge.deleteRule({ ...named, Force }), {
      code: 'ValidationException',
      message: "Rule can't be deleted since it has targets.",
    })
    await bridge.removeTargets({ ...ofRule, Ids: [Name], Force })
    await bridge.deleteRule({ ...named, Force })
    await assert.rejects(bridge.describeRule(named), { code: 'ResourceNotFoundException' })

    await put(1)
    await bridge.updateArchive({ ...archived, Description: 'Again' })
    await put(2)

    const { State, StateReason, EventCount } = bridge.describeArchive(archived)
    assert.deepEqual([State, StateReason, EventCount], ['ENABLED', undefined, 1])
    assert.equal((await bridge.listTargetsByRule(ofRule)).Targets.length, 1)
  })

  test('outlives its bus, and cannot be updated then', async () => {
    const { bridge, put } = await anArchivedShop()
    await put(1)
    await bridge.removeTargets({ Rule: 'placed', EventBusName: 'orders', Ids: ['ship'] })
    await bridge.deleteRule(placed)
    await bridge.removeTargets({ ...ofRule, Ids: [Name], Force })
    await bridge.deleteRule({ ...named, Force })

    await bridge.deleteEventBus({ Name: 'orders' })

    assert.equal(bridge.describeArchive(archived).EventCount, 1)
    await assert.rejects(bridge.updateArchive({ ...archived, Description: 'Again' }), {
      code: 'ResourceNotFoundException',
      message: 'Archive all managed rule does not exist.',
    })
  })
})
