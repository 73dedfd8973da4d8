/** The parts of a flow that are functions of their own on AWS, by the names that TARGET has for them. */
import {
  type Flow,
  nameOf,
  type Pipe,
  type PortsNeeded,
  type Route,
  type Target,
  type Topic,
} from './flow.ts'
import { targets } from './lambda-environment.ts'

export type Part =
  /** Of a rule: called with events. */
  | { readonly kind: 'target'; readonly target: Target }
  /** Of a topic's protocol: called with its messages. */
  | { readonly kind: 'protocol'; readonly target: Target }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'topic'; readonly name: string; readonly topic: Topic }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
  | { readonly kind: 'pages' | 'websocket' | 'authorizer' }

/** By what TARGET says of them. Throws for two different parts of one name. */
export function partsOf(flow: Flow<PortsNeeded>): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>()
  const add = (name: string, part: Part) => {
    const known = parts.get(name)
    if (known && !isSame(known, part))
      throw new Error(
        `Flow ${flow.name} has two different parts called ${name}: rename one of them`,
      )
    parts.set(name, known ?? part)
  }
  for (const kind of ['pages', 'websocket', 'authorizer'] as const) add(targets[kind], { kind })
  for (const step of flow.steps) {
    if (step.kind === 'route') add(step.target.id, { kind: 'route', route: step })
    else if (step.kind === 'pipe') add(targets.pipe(step.name), { kind: 'pipe', pipe: step })
    else
      for (const target of step.targets) {
        if (target.kind === 'target') add(target.id, { kind: 'target', target })
        else {
          const name = nameOf(flow, target)
          add(targets.topic(name), { kind: 'topic', name, topic: target })
          for (const each of Object.values(target.protocols) as Target[])
            add(each.id, { kind: 'protocol', target: each })
        }
      }
  }
  return parts
}

/** Two rules may lead to one target: then it is the same handler with the same ports. */
function isSame(a: Part, b: Part): boolean {
  if (a.kind === 'topic') return b.kind === 'topic' && a.topic === b.topic
  if ((a.kind !== 'target' && a.kind !== 'protocol') || b.kind !== a.kind) return false
  return (
    a.target.handler === b.target.handler &&
    Object.entries(a.target.uses).every(([as, port]) => (b.target.uses as PortsNeeded)[as] === port)
  )
}
