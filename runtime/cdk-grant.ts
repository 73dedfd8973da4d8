/** What a function may do and has to know, for one thing that it uses. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'

export interface Grant {
  readonly environment?: Readonly<Record<string, string>>
  readonly statements?: readonly PolicyStatement[]
}

export const allow = (actions: string[], resources: string[]): PolicyStatement =>
  new PolicyStatement({ actions, resources })

/** Throws when two of them give a variable different values. */
export function merged(grants: readonly Grant[]): Required<Grant> {
  const environment: Record<string, string> = {}
  for (const grant of grants)
    for (const [name, value] of Object.entries(grant.environment ?? {})) {
      if ((environment[name] ?? value) !== value)
        throw new Error(`${name} is to be ${environment[name]} and ${value} for one function`)
      environment[name] = value
    }
  return { environment, statements: grants.flatMap(({ statements = [] }) => statements) }
}
