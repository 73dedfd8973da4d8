/**
 * What lets authors in, in DynamoDB: an item under its hash, and the same one among those of its author and
 * kind, written together. Where these are counted, each has a place of so many, so two that come at the same
 * time never share one.
 */
import { createHash } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Credential, type CredentialKind, isAlive } from '../../credential.ts'
import type { Credentials } from '../../ports.ts'
import { type OutboxOptions, outbox } from './outbox.ts'
import { dynamoTable, type Item, isConditionFailed, type Key, type Write } from './table.ts'

export interface DynamoCredentialsOptions extends OutboxOptions {
  /** The table's name. */
  readonly table: string
}

const rowKey = (kind: CredentialKind, hash: string): Key => ({
  pk: `row#${kind}#${hash}`,
  sk: 'row',
})
/** A table's keys, which end up in logs, name nobody. */
const authorKey = (author: string, kind: CredentialKind): string =>
  `of#${kind}#${createHash('sha256').update(author).digest('base64url')}`

export function dynamoCredentials(
  client: DynamoDBClient,
  options: DynamoCredentialsOptions,
): Credentials {
  const table = dynamoTable(client, options.table)
  const announced = outbox(options)

  const row = async (kind: CredentialKind, hash: string) => table.get(rowKey(kind, hash))
  const of = (author: string, kind: CredentialKind) => table.query({ pk: authorKey(author, kind) })

  const removal = (item: Item): readonly Write[] => {
    const { kind, hash, author } = credentialOf(item)
    return [
      { delete: rowKey(kind, hash), when: 'attribute_exists(pk)' },
      // Its place may be another's by now.
      {
        delete: { pk: authorKey(author, kind), sk: String(item.place) },
        when: 'attribute_not_exists(pk) OR #hash = :hash',
        values: { hash },
      },
    ]
  }

  /** False when somebody else has removed it meanwhile. */
  async function removed(item: Item): Promise<boolean> {
    try {
      await table.write(removal(item))
      return true
    } catch (error) {
      if (!isConditionFailed(error)) throw error
      // Its place has been taken since it expired: it goes alone.
      if (error.found[0] !== undefined) return false
      const [alone] = removal(item) as [Write]
      await table.write([alone])
      return true
    }
  }

  return {
    async keep(credential, announce, most) {
      const { kind, hash, author, createdAt } = credential
      const events = announced(announce)
      const places =
        most === undefined ? [hash] : Array.from({ length: most }, (_, place) => String(place))
      const used = most === undefined ? [] : await of(author, kind)
      const now = new Date(createdAt)
      const taken = new Set(
        used.filter((item) => isAlive(credentialOf(item), now)).map(({ sk }) => sk),
      )
      for (const place of places.filter((each) => !taken.has(each)))
        try {
          const item = itemOf(credential, place)
          const isFree = {
            when: 'attribute_not_exists(pk) OR #until <= :now',
            values: { now: createdAt },
          }
          await table.write([
            { put: { ...rowKey(kind, hash), ...item }, ...isFree },
            { put: { pk: authorKey(author, kind), sk: place, ...item }, ...isFree },
            ...events,
          ])
          return true
        } catch (error) {
          if (!isConditionFailed(error)) throw error
          if (error.found[0] !== undefined) return false
        }
      return false
    },

    async find(kind, hash, now) {
      const item = await row(kind, hash)
      return item && isAlive(credentialOf(item), now) ? credentialOf(item) : null
    },

    async take(kind, hash, now) {
      const item = await row(kind, hash)
      if (!item || !isAlive(credentialOf(item), now)) return null
      return (await removed(item)) ? credentialOf(item) : null
    },

    async of(author, kind, now) {
      return (await of(author, kind))
        .map(credentialOf)
        .filter((one) => isAlive(one, now))
        .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    },

    async remove(author, kind, hash) {
      const item = await row(kind, hash)
      if (item && credentialOf(item).author === author) await removed(item)
    },

    async removeAll(author, kind) {
      for (const item of await of(author, kind)) await removed(item)
    },
  }
}

/** `until` is compared, `expiresAt` is what DynamoDB deletes it by, some day after. */
const itemOf = ({ expiresAt, ...fields }: Credential, place: string): Item => ({
  ...{ ...fields, place },
  ...(expiresAt !== null && {
    until: expiresAt,
    expiresAt: Math.ceil(Date.parse(expiresAt) / 1_000),
  }),
})

const credentialOf = (item: Item): Credential => ({
  hash: String(item.hash),
  kind: item.kind as CredentialKind,
  author: String(item.author),
  name: String(item.name),
  hint: String(item.hint),
  createdAt: String(item.createdAt),
  expiresAt: item.until === undefined ? null : String(item.until),
})
