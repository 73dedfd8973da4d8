/** API Gateway's WebSocket API: its routes, and whoever keeps the connections. */
import type { LambdaHandler, WebSocketEvent, WebSocketResponse } from './lambda-event.ts'

/** Whoever keeps the connections and what they watch, and answers frames by posting to them. */
export interface WebSocketClients {
  /**
   * $connect, with the request's headers by their names in lower case. Nothing can be posted to it yet.
   * False refuses it: the browser is answered 403.
   */
  connect(connectionId: string, headers: Readonly<Record<string, string>>): Promise<boolean>
  /** $disconnect, which may come twice, or never. */
  disconnect(connectionId: string): Promise<void>
  /** A frame of whatever content, to whatever route its `action` leads; one of bytes as Base64. */
  answer(connectionId: string, text: string, isBinary: boolean): Promise<void>
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
      const isWelcome = await clients.connect(connectionId, lowerCase(headers))
      return { statusCode: isWelcome ? 200 : 403 }
    }
    if (routeKey === '$disconnect') await clients.disconnect(connectionId)
    else await clients.answer(connectionId, body, isBase64Encoded)
    return { statusCode: 200 }
  }
}

const lowerCase = (headers: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), value]],
    ),
  )
