import type { Clock } from '@busbar/event-bus'
import type { BlogPostCreated, BlogPostEdited } from '../events.ts'
import type { Entity, EntityRecognizer, EntityType, Posts, Progress } from '../ports.ts'
import { type PostEntities, textOf } from '../post.ts'
import { noted } from './noted.ts'

/**
 * Finds the people and places that a post names, and keeps them with the post. It looks at the
 * post as it is now; when the text changes meanwhile, that change's own event brings it here again.
 */
export async function recognizeEntities(
  { detail }: BlogPostCreated | BlogPostEdited,
  {
    recognizer,
    posts,
    progress,
    clock,
  }: { recognizer: EntityRecognizer; posts: Posts; progress: Progress; clock: Clock },
): Promise<void> {
  const found = await posts.find(detail.id)
  if (!found) return
  const step = { postId: detail.id, step: 'recognised', subscriptionId: '' } as const
  const recognize = async () => {
    const entities = await recognizer.recognize(textOf(found.post))
    // Announces nothing on the bus, so this never leads back here; the change stream tells the browsers.
    await posts.enrich(detail.id, byType(entities), found.post)
    return 'done' as const
  }
  await noted(step, recognize, { progress, clock })
}

function byType(entities: readonly Entity[]): PostEntities {
  const texts = (type: EntityType) => [
    ...new Set(entities.filter((entity) => entity.type === type).map(({ text }) => text)),
  ]
  return {
    locations: texts('LOCATION'),
    persons: texts('PERSON'),
    organizations: texts('ORGANIZATION'),
  }
}
