/** API Gateway's WebSocket API: its routes, and whoever keeps the connections. */
import type { LambdaHandler, WebSocketEvent, WebSocketResponse } from './lambda-event.ts'

/** Whoever keeps the connections and what they watch, and answers frames by posting to them. */
export interface WebSocketClients {
  /** $connect. Nothing can be posted to it yet. False refuses it: the browser is answered 403. */
  opened(connectionId: string, headers: Readonly<Record<string, string>>): Promise<boolean>
  /** $disconnect, which may come twice, or never. */
  closed(connectionId: string): Promise<void>
  /** A frame of whatever content. */
  received(connectionId: string, frame: string): Promise<void>
}

/**
 * Rejects when the clients do: the browser is then sent API Gateway's own "Internal server error", or
 * refused at $connect.
 */
export function webSocketApi(
  clients: WebSocketClients,
): LambdaHandler<WebSocketEvent, WebSocketResponse> {
  return async ({ requestContext, headers = {}, body = '', isBase64Encoded }) => {
    const { routeKey, connectionId } = requestContext
    if (routeKey === '$connect') {
      const isWelcome = await clients.opened(connectionId, lowerCase(headers))
      return { statusCode: isWelcome ? 200 : 403 }
    }
    if (routeKey === '$disconnect') await clients.closed(connectionId)
    else await clients.received(connectionId, isBase64Encoded ? utf8Of(body) : body)
    return { statusCode: 200 }
  }
}

const lowerCase = (headers: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), value]],
    ),
  )

const utf8Of = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)))
