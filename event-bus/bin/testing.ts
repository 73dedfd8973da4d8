/** A bus in memory whose operations answer as over the wire, for tests of what goes in and comes out. */
import { busbarOperations } from '../event-bridge/busbar-operations.ts'
import { operations } from '../event-bridge/operations.ts'
import { anEventBridge, type Options } from '../testing/event-bridge.ts'
import type { Client } from './client.ts'
import { exportTemplate, onlyOf } from './export-template.ts'
import { exportedFrom } from './exported-from.ts'
import { failed } from './failure.ts'
import { type Imported, importTemplate } from './import-template.ts'
import { opened } from './template/template.ts'

const place = { region: 'us-east-1', account: '000000000000' }

export async function aBus(options: Options = {}) {
  const { bridge, engine } = await anEventBridge(options)
  const known = new Map([...operations(bridge), ...busbarOperations({ bridge, engine })])
  const changes: string[] = []
  const call = async (name: string, request: object = {}) => {
    if (/^(Create|Update|Put|Remove|Tag)/.test(name)) changes.push(name)
    const operation = known.get(name.includes('.') ? name : `AWSEvents.${name}`)
    try {
      return await operation?.(request as Readonly<Record<string, unknown>>)
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      throw failed(message, { code })
    }
  }
  const client = { call: call as unknown as Client['call'] }
  return {
    /** The names of the changes that it was asked for. */
    changes,
    client,
    async import(
      template: object,
      parameters: Readonly<Record<string, string>> = {},
      { dryRun = false, secrets = false } = {},
    ): Promise<Imported[]> {
      const given = new Map(Object.entries(parameters))
      const open = opened(template as never, { place, parameters: given, stackName: 'busbar' })
      const done: Imported[] = []
      for await (const each of importTemplate(open, client, { place, dryRun, secrets }))
        done.push(each)
      return done
    },
    export: async (only?: string) => {
      const all = await exportedFrom(client)
      return exportTemplate(only === undefined ? all : onlyOf(only, all))
    },
  }
}
