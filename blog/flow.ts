/**
 * The whole blog, in the order in which things happen. Read it from top to bottom.
 * The same value runs in one process, on a cluster and on AWS: see `bin/`.
 */
import type { Clock, Subscriptions } from '@busbar/event-bus'
import { eventBus, flow, pipe, route, rule, service, table, target, topic } from '@busbar/runtime'
import { type BlogPostCreated, source } from './events.ts'
import { confirmSubscription } from './handlers/confirm-subscription.ts'
import { createPost } from './handlers/create-post.ts'
import { deletePost } from './handlers/delete-post.ts'
import { editPost } from './handlers/edit-post.ts'
import { emailSubscriber } from './handlers/email-subscriber.ts'
import { listPosts } from './handlers/list-posts.ts'
import { listTopics } from './handlers/list-topics.ts'
import { pushToBrowsers } from './handlers/push-to-browsers.ts'
import { recognizeEntities } from './handlers/recognize-entities.ts'
import { sendConfirmation } from './handlers/send-confirmation.ts'
import { showPost } from './handlers/show-post.ts'
import { subscribe } from './handlers/subscribe.ts'
import { unsubscribe } from './handlers/unsubscribe.ts'
import type { Connections, EntityRecognizer, Ids, Links, Mailer, Posts, Seal } from './ports.ts'

const posts = table<Posts>()
const subscriptions = table<Subscriptions>()
const mailer = service<Mailer>()
const recognizer = service<EntityRecognizer>()
const connections = service<Connections>()
const links = service<Links>()
const seal = service<Seal>()
const ids = service<Ids>()
const clock = service<Clock>()
const blogBus = eventBus()
const websocket = eventBus()

/** A mail waits longer for its server than other work does, and no more often than it must. */
const patience = { timeoutMs: 150_000, concurrency: 5 }

const newPosts = topic<BlogPostCreated>({
  subscriptions,
  protocols: {
    email: target(
      'email-subscriber',
      emailSubscriber,
      { posts, subscriptions, mailer, links },
      patience,
    ),
  },
})

export const blog = flow(
  'blog',
  {
    posts,
    subscriptions,
    mailer,
    recognizer,
    connections,
    links,
    seal,
    ids,
    clock,
    blog: blogBus,
    websocket,
    newPosts,
  },
  [
    // 1. An author creates a post. The post and its BlogPostCreated event are stored together.
    route('POST /api/posts', target('create-post', createPost, { posts, ids, clock })),

    // 2. What was stored with a post goes on the bus.
    pipe('post-events', { source: posts.outbox, target: blogBus }),

    // 3. A new post is mailed to its subscribers and looked through. Neither waits for the other.
    rule('blog-post-creation', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['BlogPostCreated'] },
      targets: [newPosts, target('recognize-entities', recognizeEntities, { recognizer, posts })],
    }),

    // 4. Every change of a post, also the one made by step 3, goes on the websocket bus.
    pipe('post-changes', { source: posts.changes, target: websocket }),

    // 5. From there it is pushed to the browsers that have the post or its topic open.
    rule('blog-post-update', {
      bus: websocket,
      eventPattern: { source: [source], 'detail-type': ['BlogPostUpdated'] },
      targets: [target('push-to-browsers', pushToBrowsers, { connections })],
    }),

    // An author changes a post. New text is looked through again; nobody is mailed again.
    route('PATCH /api/posts/{id}', target('edit-post', editPost, { posts })),
    route('DELETE /api/posts/{id}', target('delete-post', deletePost, { posts })),
    rule('blog-post-edit', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['BlogPostEdited'] },
      targets: [target('recognize-entities', recognizeEntities, { recognizer, posts })],
    }),

    // A reader asks for mail, and gets none but the question whether that was meant, until it is confirmed.
    route('POST /api/subscriptions', target('subscribe', subscribe, { subscriptions, ids, clock })),
    pipe('subscription-events', { source: subscriptions.outbox, target: blogBus }),
    rule('subscription-request', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['SubscriptionRequested'] },
      targets: [
        target('send-confirmation', sendConfirmation, { subscriptions, mailer, links }, patience),
      ],
    }),
    route(
      'GET /subscriptions/confirm/{token}',
      target('confirm-subscription', confirmSubscription, { subscriptions, clock }),
    ),
    route(
      'POST /subscriptions/unsubscribe/{token}',
      target('unsubscribe', unsubscribe, { subscriptions }),
    ),

    // Reading.
    route('GET /api/posts', target('list-posts', listPosts, { posts })),
    route('GET /api/posts/{id}', target('show-post', showPost, { posts })),
    route('GET /api/topics', target('list-topics', listTopics, { posts })),
  ],
)
