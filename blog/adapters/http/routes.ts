/** The routes of the flow that this adapter calls, each with its handler's own types. */
import type { changePreferences } from '../../handlers/change-preferences.ts'
import type { confirmSubscription } from '../../handlers/confirm-subscription.ts'
import type { createDraft } from '../../handlers/create-draft.ts'
import type { createPost } from '../../handlers/create-post.ts'
import type { createToken } from '../../handlers/create-token.ts'
import type { deleteDraft } from '../../handlers/delete-draft.ts'
import type { deletePost } from '../../handlers/delete-post.ts'
import type { editPost } from '../../handlers/edit-post.ts'
import type { listDrafts } from '../../handlers/list-drafts.ts'
import type { listMentions } from '../../handlers/list-mentions.ts'
import type { listPosts } from '../../handlers/list-posts.ts'
import type { listTopics } from '../../handlers/list-topics.ts'
import type { publishDraft } from '../../handlers/publish-draft.ts'
import type { requestPreferences } from '../../handlers/request-preferences.ts'
import type { requestSignIn } from '../../handlers/request-sign-in.ts'
import type { revokeToken } from '../../handlers/revoke-token.ts'
import type { saveDraft } from '../../handlers/save-draft.ts'
import type { searchPosts } from '../../handlers/search-posts.ts'
import type { showDraft } from '../../handlers/show-draft.ts'
import type { showPost } from '../../handlers/show-post.ts'
import type { showPreferences } from '../../handlers/show-preferences.ts'
import type { showProgress } from '../../handlers/show-progress.ts'
import type { signIn } from '../../handlers/sign-in.ts'
import type { signOut } from '../../handlers/sign-out.ts'
import type { subscribe } from '../../handlers/subscribe.ts'
import type { unsubscribe } from '../../handlers/unsubscribe.ts'

export interface Routes {
  'POST /api/posts': typeof createPost
  'GET /api/posts': typeof listPosts
  'GET /api/posts/{id}': typeof showPost
  'PATCH /api/posts/{id}': typeof editPost
  'DELETE /api/posts/{id}': typeof deletePost
  'GET /api/posts/{id}/progress': typeof showProgress
  'GET /api/topics': typeof listTopics
  'POST /api/drafts': typeof createDraft
  'GET /api/drafts': typeof listDrafts
  'GET /api/drafts/{id}': typeof showDraft
  'PUT /api/drafts/{id}': typeof saveDraft
  'DELETE /api/drafts/{id}': typeof deleteDraft
  'POST /api/drafts/{id}/publish': typeof publishDraft
  'GET /api/search': typeof searchPosts
  'GET /api/mentions': typeof listMentions
  'POST /api/subscriptions': typeof subscribe
  'GET /subscriptions/confirm/{token}': typeof confirmSubscription
  'POST /subscriptions/unsubscribe/{token}': typeof unsubscribe
  'GET /subscriptions/preferences/{sealed}': typeof showPreferences
  'POST /subscriptions/preferences/{sealed}': typeof changePreferences
  'POST /subscriptions/preferences': typeof requestPreferences
  'POST /sign-in': typeof requestSignIn
  'POST /sign-in/{link}': typeof signIn
  'POST /sign-out': typeof signOut
  'POST /account/tokens': typeof createToken
  'POST /account/tokens/revoke': typeof revokeToken
}

export type Call = <On extends keyof Routes>(
  on: On,
  input: Parameters<Routes[On]>[0],
) => ReturnType<Routes[On]>
