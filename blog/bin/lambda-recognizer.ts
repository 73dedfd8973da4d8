/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { ComprehendClient } from '@aws-sdk/client-comprehend'
export { comprehendEntityRecognizer } from '../adapters/aws/entity-recognizer.ts'
