/** Frames to browsers, through API Gateway's `@connections`. */
import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { DeliveryFailed } from '@busbar/event-bus'

export interface Browsers {
  /**
   * Answers whether the browser is still there. One that takes too long, or whose buffer is full, is hung
   * up on: it comes back with its cursor. Throws `DeliveryFailed` when that says nothing about it.
   */
  send(connectionId: string, frame: string | Uint8Array): Promise<boolean>
  hangUp(connectionId: string): Promise<void>
}

/** Of the SDK's attempts together. API Gateway keeps what a browser has not yet taken. */
const sendMs = 5_000

export function gatewayBrowsers(client: ApiGatewayManagementApiClient): Browsers {
  async function hangUp(ConnectionId: string): Promise<void> {
    try {
      await client.send(new DeleteConnectionCommand({ ConnectionId }), {
        abortSignal: AbortSignal.timeout(sendMs),
      })
    } catch (error) {
      if (!isGone(error)) throw failure(error)
    }
  }

  return {
    hangUp,
    async send(ConnectionId, frame) {
      const Data = typeof frame === 'string' ? Buffer.from(frame) : frame
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId, Data }), {
          abortSignal: AbortSignal.timeout(sendMs),
        })
        return true
      } catch (error) {
        if (isGone(error)) return false
        if (!isSlow(error)) throw failure(error)
        await hangUp(ConnectionId)
        return false
      }
    },
  }
}

const nameOf = (error: unknown) => (error as { readonly name?: unknown } | null)?.name
const statusOf = (error: unknown) =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | null)?.$metadata
    ?.httpStatusCode
const isGone = (error: unknown) => nameOf(error) === 'GoneException' || statusOf(error) === 410
const isSlow = (error: unknown) =>
  nameOf(error) === 'LimitExceededException' ||
  nameOf(error) === 'AbortError' ||
  nameOf(error) === 'TimeoutError'

const failure = (error: unknown) =>
  new DeliveryFailed(`API Gateway did not pass a frame on: ${nameOf(error)}`, {
    code: statusOf(error) === 403 ? 'NO_PERMISSIONS' : 'CONNECTION_FAILURE',
    cause: error,
  })
