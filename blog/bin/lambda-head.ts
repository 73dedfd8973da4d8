/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { dynamoChangeLog, headCursor } from '../adapters/aws/change-log.ts'
export { dynamoTable } from '../adapters/aws/table.ts'
