/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { SESv2Client } from '@aws-sdk/client-sesv2'
export { sesMailer } from '../adapters/aws/mailer.ts'
