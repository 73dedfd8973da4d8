/** Builders with every field filled in. */
import type { EventBridgeEvent, Subscription } from '@busbar/event-bus'
import type { Credential } from '../credential.ts'
import type { SavedDraft } from '../draft.ts'
import type { Draft, Post, PostEntities } from '../post.ts'

/** The n-th id: a UUID, and ids sort as their numbers do. */
export const anId = (n: number): string =>
  `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

export const aDraft = (fields: Partial<Draft> = {}): Draft => ({
  author: 'hunter s thompson',
  title: 'Title',
  body: 'Joe is going to Spain',
  topic: 'summer',
  ...fields,
})

export const aPost = (fields: Partial<Post> = {}): Post => ({
  id: anId(1),
  createdAt: '2026-01-01T12:00:00.000Z',
  ...aDraft(),
  ...fields,
})

export const aSavedDraft = (fields: Partial<SavedDraft> = {}): SavedDraft => ({
  ...{ id: anId(51), ...aDraft(), publishAt: null, savedAt: '2026-01-01T11:00:00.000Z' },
  ...{ revision: 1, status: 'draft', postId: null },
  ...fields,
})

export const someEntities = (fields: Partial<PostEntities> = {}): PostEntities => ({
  locations: ['Spain'],
  persons: ['Joe'],
  organizations: ['Reuters'],
  ...fields,
})

/** Confirmed, and about posts of the topic `summer`. */
export const aSubscription = (fields: Partial<Subscription> = {}): Subscription => ({
  id: anId(101),
  topic: 'new-posts',
  protocol: 'email',
  endpoint: 'reader@example.org',
  filterPolicy: { detail: { topic: ['summer'] } },
  status: 'confirmed',
  requestedAt: '2026-01-01T12:00:00.000Z',
  confirmToken: 'confirm-101',
  unsubscribeToken: 'unsubscribe-101',
  ...fields,
})

/** An author's session that lasts. */
export const aCredential = (fields: Partial<Credential> = {}): Credential => ({
  hash: 'session-1',
  kind: 'session',
  author: 'ann@example.org',
  name: '',
  hint: '',
  createdAt: '2026-01-01T12:00:00.000Z',
  expiresAt: null,
  ...fields,
})

export const anEvent = <DetailType extends string, Detail>(
  detailType: DetailType,
  detail: Detail,
  id = anId(1_001),
): EventBridgeEvent<DetailType, Detail> => ({
  version: '0',
  id,
  'detail-type': detailType,
  source: 'blog',
  account: '000000000000',
  time: '2026-01-01T12:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail,
})
