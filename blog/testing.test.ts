/** Holds the ports in memory to what the real ones promise, so that a test with them is worth something. */
import { DeliveryRefused, type PutEventsRequestEntry } from '@busbar/event-bus'
import { subscriptionsContract } from '@busbar/event-bus/ports.contract'
import { listHeaders } from './mail.ts'
import {
  credentialsContract,
  draftsContract,
  mailerContract,
  postsContract,
  progressContract,
} from './ports.contract.ts'
import {
  memoryCredentials,
  memoryDrafts,
  memoryMailer,
  memoryPosts,
  memoryProgress,
  memorySubscriptions,
} from './testing.ts'

const told = ({ Source, DetailType, Detail }: PutEventsRequestEntry) => ({
  source: Source,
  'detail-type': DetailType,
  detail: JSON.parse(Detail),
})

postsContract('posts in memory', async () => {
  const posts = memoryPosts()
  return {
    posts,
    outbox: async () => posts.outbox.map(told),
    changes: async () => posts.changes.map(told),
    close: async () => {},
  }
})

draftsContract('drafts in memory', async () => memoryDrafts())

progressContract('progress in memory', async () => memoryProgress())

subscriptionsContract('subscriptions in memory', async () => {
  const subscriptions = memorySubscriptions()
  return {
    subscriptions,
    announced: async () => subscriptions.outbox.map(({ Detail }) => JSON.parse(Detail).id),
  }
})

credentialsContract('credentials in memory', async () => {
  const credentials = memoryCredentials()
  return {
    credentials,
    announced: async () => credentials.outbox.map(({ Detail }) => JSON.parse(Detail).id),
    close: async () => {},
  }
})

mailerContract('a mailer in memory', async () => {
  const mailer = memoryMailer()
  return {
    mailer,
    taken: async (messageId) =>
      mailer.sent
        .filter((mail) => mail.messageId === messageId)
        .map((mail) => ({ ...mail, headers: lowerCase(listHeaders(mail)) })),
    answer(next) {
      const errors = { take: null, refuse: new DeliveryRefused('550'), 'put off': new Error('450') }
      mailer.fail = errors[next]
    },
    close: async () => {},
  }
})

const lowerCase = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
