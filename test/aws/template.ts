/**
 * A stack as CDK wrote it to its output directory: the resources of its template, with their properties
 * as CloudFormation would resolve them, and the files that its functions are made of.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Opened, opened } from '@busbar/event-bus/bin/template/template'

export type Members = Readonly<Record<string, unknown>>
export const members = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}
export const list = (value: unknown): readonly Members[] =>
  Array.isArray(value) ? value.map(members) : []

export const place = { region: 'us-east-1', account: '000000000000' } as const
/** What stands behind `arn:aws:` of a resource of this place. */
export const arnOf = (service: string, resource: string, region: string = place.region): string =>
  `arn:aws:${service}:${region}:${place.account}:${resource}`

/** What `Ref` and `Fn::GetAtt` answer. */
export interface Created {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface Resource {
  readonly logicalId: string
  readonly type: string
  /** As the template has them, with its functions. */
  readonly properties: Members
}

export interface Stack {
  readonly name: string
  readonly template: Members
  readonly resources: readonly Resource[]
  of(type: string): readonly Resource[]
  /** For the importer of the bus. */
  readonly opened: Opened
  /** From here on `Ref` and `Fn::GetAtt` of the resource answer this. */
  create(logicalId: string, created: Created): void
  /** The value without functions. Throws for a resource that was not created. */
  resolve<T = unknown>(value: unknown): T
  /** The properties without functions. */
  propertiesOf(resource: Resource): Members
  /** The directory with the files of an asset that was uploaded under a key. */
  asset(key: string): string
}

export interface StackFiles {
  readonly name: string
  readonly template: Members
  /** Directories by the key in the bucket of assets. */
  readonly assets: ReadonlyMap<string, string>
}

/** Reads the one stack that an output directory of CDK holds. */
export async function readStack(directory: string): Promise<StackFiles> {
  const json = async (file: string) =>
    JSON.parse(await readFile(join(directory, file), 'utf8')) as Members
  const artifacts = Object.entries(members((await json('manifest.json')).artifacts))
  const stacks = artifacts.filter(
    ([, artifact]) => members(artifact).type === 'aws:cloudformation:stack',
  )
  const [found, ...others] = stacks
  if (!found || others.length > 0)
    throw new Error(`${directory} holds ${stacks.length} stacks; it has to be one`)
  const [name, artifact] = found
  const file = String(members(members(artifact).properties).templateFile)
  const { files } = await json(`${name}.assets.json`)
  const assets = Object.entries(members(files)).map(([hash, asset]) => {
    const path = String(members(members(asset).source).path)
    const { objectKey } = members(Object.values(members(members(asset).destinations))[0])
    return [String(objectKey ?? hash), join(directory, path)] as const
  })
  return { name, template: await json(file), assets: new Map(assets) }
}

/** Opens a stack that nothing has been created of. */
export function openStack({ name, template, assets }: StackFiles): Stack {
  const created = new Map<string, Created>()
  const open = opened(template, { place, parameters: new Map(), stackName: name })
  const resources = Object.entries(members(template.Resources)).map(([logicalId, resource]) => {
    const { Type, Properties } = members(resource)
    return { logicalId, type: String(Type), properties: members(Properties) }
  })
  const resolve = <T>(value: unknown) => open.resolve(value, created) as T
  return {
    ...{ name, template, resources, resolve },
    opened: open,
    of: (type) => resources.filter((each) => each.type === type),
    create: (logicalId, made) => void created.set(logicalId, made),
    propertiesOf: ({ logicalId, properties }) => {
      try {
        return members(resolve(properties))
      } catch (error) {
        throw new Error(`${logicalId}: ${(error as Error).message}`, { cause: error })
      }
    },
    asset(key) {
      const directory = assets.get(key)
      if (directory === undefined) throw new Error(`There is no asset ${key}`)
      return directory
    },
  }
}
