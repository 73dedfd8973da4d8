/** Draws a flow as Mermaid, for README.md. A test holds the picture there to what this returns. */
import { type Flow, nameOf, type Port, type PortsNeeded, type Target } from './flow.ts'

/**
 * Solid arrows are the way of the events, dotted ones what a handler may use. Routes that are
 * asked with GET are left out: no event follows from them.
 */
export function draw(flow: Flow<PortsNeeded>): string {
  const shape = (port: Port<unknown>) => {
    const name = nameOf(flow, port)
    const shapes = {
      table: `${name}[(${name})]`,
      'event-bus': `${name}{{"bus ${name}"}}`,
      topic: `${name}>"topic ${name}"]`,
      service: `${name}([${name}])`,
    }
    return shapes[port.kind]
  }
  const uses = ({ id, uses }: Target) =>
    Object.values(uses as PortsNeeded).map((port) => `  ${id} -.-> ${shape(port)}`)

  const arrows = flow.steps.flatMap((step) => {
    switch (step.kind) {
      case 'route':
        if (step.on.startsWith('GET ')) return []
        return [
          `  ${step.on.replaceAll(/\W+/g, '_')}["${step.on}"] --> ${step.target.id}`,
          ...uses(step.target),
        ]
      case 'pipe':
        return [`  ${shape(step.source.of)} -- ${step.source.stream} --> ${shape(step.target)}`]
      case 'scheduled-rule':
        return step.targets.flatMap((target) => [
          `  ${step.name}(("${step.scheduleExpression}")) --> ${target.id}`,
          ...uses(target),
        ])
      case 'rule':
        return step.targets.flatMap((target) => {
          const from = `  ${shape(step.bus)} -- ${step.name} -->`
          if (target.kind === 'target') return [`${from} ${target.id}`, ...uses(target)]
          return [
            `${from} ${shape(target)}`,
            ...Object.entries(target.protocols).flatMap(([protocol, each]) => [
              `  ${shape(target)} -- ${protocol} --> ${each.id}`,
              ...uses(each),
            ]),
          ]
        })
    }
  })
  return ['flowchart LR', ...new Set(arrows)].join('\n')
}
