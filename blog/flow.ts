/**
 * The whole blog, in the order in which things happen. Read it from top to bottom.
 * The same value runs in one process, on a cluster and on AWS: see `bin/`.
 */
import type { Clock, Http, Subscriptions } from '@busbar/event-bus'
import {
  eventBus,
  flow,
  pipe,
  route,
  rule,
  scheduledRule,
  service,
  table,
  target,
  topic,
} from '@busbar/runtime'
import { type BlogPostCreated, source } from './events.ts'
import { changePreferences } from './handlers/change-preferences.ts'
import { confirmSubscription } from './handlers/confirm-subscription.ts'
import { countReaders } from './handlers/count-readers.ts'
import { createDraft } from './handlers/create-draft.ts'
import { createPost } from './handlers/create-post.ts'
import { createToken } from './handlers/create-token.ts'
import { deleteDraft } from './handlers/delete-draft.ts'
import { deletePost } from './handlers/delete-post.ts'
import { editPost } from './handlers/edit-post.ts'
import { emailSubscriber } from './handlers/email-subscriber.ts'
import { listDrafts } from './handlers/list-drafts.ts'
import { listMentions } from './handlers/list-mentions.ts'
import { listPosts } from './handlers/list-posts.ts'
import { listTopics } from './handlers/list-topics.ts'
import { postConfirmation } from './handlers/post-confirmation.ts'
import { postPreferences } from './handlers/post-preferences.ts'
import { postToWebhook } from './handlers/post-to-webhook.ts'
import { publishDraft } from './handlers/publish-draft.ts'
import { publishDueDrafts } from './handlers/publish-due-drafts.ts'
import { pushToBrowsers } from './handlers/push-to-browsers.ts'
import { recognizeEntities } from './handlers/recognize-entities.ts'
import { requestPreferences } from './handlers/request-preferences.ts'
import { requestSignIn } from './handlers/request-sign-in.ts'
import { revokeToken } from './handlers/revoke-token.ts'
import { saveDraft } from './handlers/save-draft.ts'
import { searchPosts } from './handlers/search-posts.ts'
import { sendConfirmation } from './handlers/send-confirmation.ts'
import { sendPreferences } from './handlers/send-preferences.ts'
import { sendSignInLink } from './handlers/send-sign-in-link.ts'
import { showDraft } from './handlers/show-draft.ts'
import { showPost } from './handlers/show-post.ts'
import { showPreferences } from './handlers/show-preferences.ts'
import { showProgress } from './handlers/show-progress.ts'
import { signIn } from './handlers/sign-in.ts'
import { signOut } from './handlers/sign-out.ts'
import { subscribe } from './handlers/subscribe.ts'
import { unsubscribe } from './handlers/unsubscribe.ts'
import type {
  Connections,
  Credentials,
  Drafts,
  EntityRecognizer,
  Ids,
  Links,
  Mailer,
  Posts,
  Progress,
  Renderer,
  Seal,
} from './ports.ts'

const posts = table<Posts>()
const drafts = table<Drafts>()
const subscriptions = table<Subscriptions>()
const credentials = table<Credentials>()
const progress = table<Progress>()
const mailer = service<Mailer>()
const http = service<Http>()
const recognizer = service<EntityRecognizer>()
const connections = service<Connections>()
const renderer = service<Renderer>()
const links = service<Links>()
const seal = service<Seal>()
const ids = service<Ids>()
const clock = service<Clock>()
const blogBus = eventBus()
const websocket = eventBus()

/** A mail waits longer for its server than other work does, and no more often than it must. */
const patience = { timeoutMs: 150_000, concurrency: 5 }
/** A webhook has fifteen seconds, and one that takes them all holds up few others. */
const haste = { timeoutMs: 20_000, concurrency: 20 }
/** Somebody may have named a server that is not theirs, which is asked no more often than it must. */
const politeness = {
  ...haste,
  retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 3_600 },
}

/** The next one comes soon, and does what this one could not. */
const everyMinute = {
  concurrency: 1,
  retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 60 },
}

const newPosts = topic<BlogPostCreated>({
  subscriptions,
  protocols: {
    email: target(
      'email-subscriber',
      emailSubscriber,
      { posts, subscriptions, progress, clock, mailer, renderer, links, seal },
      patience,
    ),
    https: target(
      'post-to-webhook',
      postToWebhook,
      { posts, subscriptions, progress, http, seal, clock },
      haste,
    ),
  },
})

const recognize = target('recognize-entities', recognizeEntities, {
  ...{ recognizer, posts, progress, clock },
})

export const blog = flow(
  'blog',
  {
    posts,
    drafts,
    subscriptions,
    credentials,
    progress,
    mailer,
    http,
    recognizer,
    connections,
    renderer,
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

    // 3. A new post is told to its subscribers, by mail or to a webhook, and looked through. Neither waits for the
    // other. What each comes to is noted, for its author to see.
    rule('blog-post-creation', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['BlogPostCreated'] },
      targets: [
        newPosts,
        recognize,
        target('count-readers', countReaders, { subscriptions, progress }),
      ],
    }),

    // 4. Every change of a post, also the one made by step 3, goes on the websocket bus.
    pipe('post-changes', { source: posts.changes, target: websocket }),

    // 5. From there it is pushed to the browsers that have the post or its topic open.
    rule('blog-post-update', {
      bus: websocket,
      eventPattern: { source: [source], 'detail-type': ['BlogPostUpdated'] },
      targets: [target('push-to-browsers', pushToBrowsers, { connections, progress, clock })],
    }),

    // An author changes a post. New text is looked through again; nobody is mailed again.
    route('PATCH /api/posts/{id}', target('edit-post', editPost, { posts })),
    route('DELETE /api/posts/{id}', target('delete-post', deletePost, { posts })),
    rule('blog-post-edit', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['BlogPostEdited'] },
      targets: [recognize],
    }),

    // A draft becomes a post when its author says so, or when its time has come: that is looked at each minute.
    route('POST /api/drafts', target('create-draft', createDraft, { drafts, ids, clock })),
    route('PUT /api/drafts/{id}', target('save-draft', saveDraft, { drafts, clock })),
    route('DELETE /api/drafts/{id}', target('delete-draft', deleteDraft, { drafts })),
    route(
      'POST /api/drafts/{id}/publish',
      target('publish-draft', publishDraft, { drafts, posts, ids, clock }),
    ),
    scheduledRule('due-drafts', {
      scheduleExpression: 'rate(1 minute)',
      targets: [
        target('publish-due-drafts', publishDueDrafts, { drafts, posts, ids, clock }, everyMinute),
      ],
    }),

    // A reader asks for mail or for messages to a webhook, and nothing comes but the question whether that
    // was meant, until it is confirmed.
    route('POST /api/subscriptions', target('subscribe', subscribe, { subscriptions, ids, clock })),
    pipe('subscription-events', { source: subscriptions.outbox, target: blogBus }),
    rule('subscription-request', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['SubscriptionRequested'] },
      targets: [
        target(
          'send-confirmation',
          sendConfirmation,
          { subscriptions, mailer, links, seal },
          patience,
        ),
        target(
          'post-confirmation',
          postConfirmation,
          { subscriptions, http, links, seal, clock },
          politeness,
        ),
      ],
    }),
    route(
      'GET /subscriptions/confirm/{token}',
      target('confirm-subscription', confirmSubscription, { subscriptions, seal, links, clock }),
    ),
    route(
      'POST /subscriptions/unsubscribe/{token}',
      target('unsubscribe', unsubscribe, { subscriptions }),
    ),

    // A subscriber sees and changes all that is kept, by a link in each mail, or asks for that link again.
    route(
      'GET /subscriptions/preferences/{sealed}',
      target('show-preferences', showPreferences, { subscriptions, seal, clock }),
    ),
    route(
      'POST /subscriptions/preferences/{sealed}',
      target('change-preferences', changePreferences, { subscriptions, seal, ids, clock }),
    ),
    route(
      'POST /subscriptions/preferences',
      target('request-preferences', requestPreferences, { subscriptions, clock }),
    ),
    rule('preferences-request', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['PreferencesRequested'] },
      targets: [
        target(
          'send-preferences',
          sendPreferences,
          { subscriptions, mailer, links, seal },
          patience,
        ),
        target(
          'post-preferences',
          postPreferences,
          { subscriptions, http, links, seal, clock },
          haste,
        ),
      ],
    }),

    // An author signs in by a link that is mailed, writes, and makes tokens for programs that write.
    route('POST /sign-in', target('request-sign-in', requestSignIn, { credentials, ids, clock })),
    pipe('credential-events', { source: credentials.outbox, target: blogBus }),
    rule('sign-in-request', {
      bus: blogBus,
      eventPattern: { source: [source], 'detail-type': ['SignInRequested'] },
      targets: [
        target(
          'send-sign-in-link',
          sendSignInLink,
          { credentials, mailer, links, seal, clock },
          patience,
        ),
      ],
    }),
    route('POST /sign-in/{link}', target('sign-in', signIn, { credentials, seal, ids, clock })),
    route('POST /sign-out', target('sign-out', signOut, { credentials, clock })),
    route('POST /account/tokens', target('create-token', createToken, { credentials, ids, clock })),
    route('POST /account/tokens/revoke', target('revoke-token', revokeToken, { credentials })),

    // Reading.
    route('GET /api/posts', target('list-posts', listPosts, { posts })),
    route('GET /api/posts/{id}', target('show-post', showPost, { posts })),
    route(
      'GET /api/posts/{id}/progress',
      target('show-progress', showProgress, { posts, progress, clock }),
    ),
    route('GET /api/drafts', target('list-drafts', listDrafts, { drafts })),
    route('GET /api/drafts/{id}', target('show-draft', showDraft, { drafts })),
    route('GET /api/topics', target('list-topics', listTopics, { posts })),
    route('GET /api/search', target('search-posts', searchPosts, { posts })),
    route('GET /api/mentions', target('list-mentions', listMentions, { posts })),
  ],
)
