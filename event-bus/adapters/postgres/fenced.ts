/** Errors of PostgreSQL by what they mean to a node. */

/** The codes that the functions of migrations.ts raise. */
const codes = { fenced: 'BB001', decidedOnOld: 'BB002', tooManyNodes: 'BB003' } as const

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code

export const isFenced = (error: unknown): boolean => codeOf(error) === codes.fenced
export const isDecidedOnOld = (error: unknown): boolean => codeOf(error) === codes.decidedOnOld

/** Whether the server itself has said no, and lives on: then nothing of the statement is stored. */
export const isAnswer = (error: unknown): boolean =>
  (error as { readonly severity?: unknown } | null)?.severity === 'ERROR'

export const fenced = (epoch: number, cause: unknown): Error =>
  new Error(
    `This node's life in the cluster (${epoch}) has ended: it was not heard for too long, and others have taken up what it had. It writes nothing any more; start it again.`,
    { cause },
  )
