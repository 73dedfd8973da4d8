/** What the environment says of a deployment to AWS. */
import { type Environment, text } from '@busbar/event-bus/bin/settings'
import { addresses } from './settings.ts'

export interface Deployment {
  /** Where CDK writes what is to be deployed. */
  readonly outdir: string
  readonly stackName: string
  readonly mailFrom: {
    /** As it stands in a mail. */
    readonly text: string
    readonly address: string
    readonly domain: string
  }
  /** Who may sign in, by address. */
  readonly authors: readonly string[]
  /** Ranges of addresses inside that webhooks may be at. */
  readonly allowAddresses: string | null
  /** Null: where API Gateway puts the blog. */
  readonly publicUrl: string | null
  /** Whether tables outlive their stack. */
  readonly keepsData: boolean
  /** Who gets a mail for each alarm; null: nobody, alarms can be looked at. */
  readonly alarmsTo: string | null
}

/** Throws, saying which setting is wrong and what it may be. */
export function deployment(env: Environment): Deployment {
  const from = text(env.MAIL_FROM) ?? 'Busbar blog <blog@example.org>'
  const [, address = ''] = /<([^<>\s]+)>$/.exec(from) ?? [from, from]
  const [, domain] = /^[^@\s]+@([a-z\d.-]+)$/i.exec(address) ?? []
  if (!domain)
    throw new Error(`MAIL_FROM is ${from}, and has to be like: My blog <blog@example.org>`)
  const keepsData = text(env.KEEP_DATA) ?? 'yes'
  if (!['yes', 'no'].includes(keepsData))
    throw new Error(`KEEP_DATA is ${keepsData}, and has to be yes or no`)
  const publicUrl = text(env.PUBLIC_URL)?.replace(/\/+$/, '') ?? null
  if (publicUrl !== null && !/^https:\/\/[^/?#@]+$/.test(publicUrl))
    throw new Error(`PUBLIC_URL is ${publicUrl}, and has to be like https://blog.example.org`)
  return {
    outdir: text(env.CDK_OUTDIR) ?? 'cdk.out',
    stackName: text(env.STACK_NAME) ?? 'blog',
    mailFrom: { text: from, address, domain },
    authors: addresses(text(env.AUTHORS) ?? ''),
    allowAddresses: text(env.BUSBAR_ALLOW_ADDRESSES),
    publicUrl,
    keepsData: keepsData === 'yes',
    alarmsTo: text(env.ALARMS_TO),
  }
}
