/** An event bus with its archive. It has no resource policy: who puts events has a role that says so. */
import { CfnArchive, EventBus } from 'aws-cdk-lib/aws-events'
import { named, type Site } from './cdk-site.ts'

const archivedDays = 7

export function archivedBus(site: Site, name: string): EventBus {
  const bus = new EventBus(site.stack, `${name}-bus`, { eventBusName: named(site, name) })
  new CfnArchive(site.stack, `${name}-archive`, {
    archiveName: named(site, name),
    sourceArn: bus.eventBusArn,
    retentionDays: archivedDays,
  })
  return bus
}
