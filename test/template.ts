/** A CloudFormation template, and what tests ask of it. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
}
export interface Resource {
  readonly Type: string
  // biome-ignore lint/suspicious/noExplicitAny: properties are as different as AWS is.
  readonly Properties: any
  readonly DependsOn?: string | readonly string[]
}
export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Principal?: unknown
  readonly Condition?: unknown
}

/** The resources of a type, by their logical ids. */
export const ofType = (
  { Resources }: Template,
  type: string,
  // biome-ignore lint/suspicious/noExplicitAny: as above.
): readonly (readonly [id: string, properties: any])[] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    Type === `AWS::${type}` ? [[id, Properties] as const] : [],
  )

export const listOf = <T>(one: T | readonly T[]): readonly T[] =>
  Array.isArray(one) ? one : [one as T]

/** The logical ids that a value refers to. */
export function references(value: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    for (const [key, inner] of Object.entries(part)) {
      if (key === 'Ref' && typeof inner === 'string') found.add(inner)
      else if (key === 'Fn::GetAtt') found.add(String(listOf(inner)[0]))
      else if (key === 'Fn::Sub')
        for (const [, name] of String(listOf(inner)[0]).matchAll(/\$\{([\w:]+)/g))
          found.add(String(name))
      else look(inner)
    }
  }
  look(value)
  return found
}

/** The one logical id that a value refers to. */
export function referenceOf(value: unknown): string {
  const [id, ...others] = [...references(value)].filter((name) => !name.startsWith('AWS::'))
  if (id === undefined || others.length > 0)
    throw new Error(`${JSON.stringify(value)} refers to not one resource`)
  return id
}

/** What a role may do, in all policies of its own. */
export const statementsOf = (template: Template, role: string): readonly Statement[] => [
  ...ofType(template, 'IAM::Policy').flatMap(([, { Roles, PolicyDocument }]) =>
    references(Roles).has(role) ? (PolicyDocument.Statement as Statement[]) : [],
  ),
  ...((template.Resources[role]?.Properties.Policies ?? []) as { PolicyDocument: never }[]).flatMap(
    ({ PolicyDocument: { Statement } }) => Statement as Statement[],
  ),
]

/** Each permission as one text, `events:PutEvents blogbus`; a bare `*` for a resource that is everything. */
export const permissions = (statements: readonly Statement[]): readonly string[] =>
  statements
    .flatMap(({ Action, Resource }) =>
      listOf(Action).flatMap((action) =>
        listOf(Resource).map((resource) => `${action} ${resourceText(resource)}`),
      ),
    )
    .sort()

function resourceText(resource: unknown): string {
  if (typeof resource === 'string') return resource
  const joined = (resource as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]] })[
    'Fn::Join'
  ]
  if (joined) return joined[1].map(resourceText).join('')
  const { Ref, 'Fn::GetAtt': attribute } = resource as Record<string, unknown>
  return Ref !== undefined ? `{${Ref}}` : `{${(attribute as string[])[0]}}`
}

/** A chain of resources each of which needs the next one first, and the last one the first; null when there is none. */
export function cycleIn({ Resources }: Template): readonly string[] | null {
  const done = new Set<string>()
  const visit = (id: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id]
    const resource = Resources[id]
    if (done.has(id) || !resource) return null
    const needs = [...references(resource.Properties), ...listOf(resource.DependsOn ?? [])]
    for (const next of needs) {
      const cycle = visit(next, [...path, id])
      if (cycle) return cycle
    }
    done.add(id)
    return null
  }
  for (const id of Object.keys(Resources)) {
    const cycle = visit(id, [])
    if (cycle) return cycle
  }
  return null
}
