/**
 * What AWS calls a function with and takes from it, as far as it is read or given here: the shapes of
 * the pages "Using Lambda with Amazon SQS", "Amazon EventBridge Pipes enrichment" and "Lambda proxy
 * integrations for HTTP APIs" and "WebSocket APIs" of AWS's guides. `@types/aws-lambda` agrees: a test
 * assigns one to the other.
 */

/** What Lambda gives beside the event. */
export interface LambdaContext {
  readonly invokedFunctionArn: string
  getRemainingTimeInMillis(): number
}
/** What `exports.handler` is. */
export type LambdaHandler<In = never, Out = unknown> = (
  event: In,
  context: LambdaContext,
) => Promise<Out>

export interface SqsBatch {
  readonly Records: readonly SqsRecord[]
}
export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: {
    /** Of this receive, too: 1 the first time. */
    readonly ApproximateReceiveCount: string
    /** Ms since 1970. */
    readonly SentTimestamp: string
  }
}
/** An event source mapping with ReportBatchItemFailures deletes all messages but these. */
export interface SqsBatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}

/** A record of a DynamoDB stream, its images in DynamoDB's JSON. */
export interface StreamRecord {
  readonly eventName?: string
  readonly dynamodb?: {
    readonly Keys?: Image
    readonly NewImage?: Image
    readonly OldImage?: Image
  }
}
type Image = Readonly<Record<string, object>>

/** What a pipe's target takes by `$.source`, `$.detail-type` and `<$.detail>`. */
export interface PipeEntry {
  readonly source: string
  readonly 'detail-type': string
  readonly detail: object
}

type Headers = Readonly<Record<string, string | undefined>>

/** Payload format 2.0. */
export interface HttpApiEvent {
  readonly version: string
  /** Already decoded, as HTTP APIs give it, and with the stage in front unless that is `$default`. */
  readonly rawPath: string
  readonly rawQueryString: string
  readonly cookies?: readonly string[]
  /** By their names in lower case; several of one name are joined by commas. */
  readonly headers: Headers
  readonly requestContext: {
    readonly domainName: string
    readonly stage: string
    readonly http: { readonly method: string; readonly sourceIp: string }
    /** What a Lambda authorizer said. */
    readonly authorizer?: { readonly lambda?: Readonly<Record<string, unknown>> | null }
  }
  readonly body?: string
  readonly isBase64Encoded: boolean
}
export interface HttpApiResponse {
  readonly statusCode: number
  readonly headers: Record<string, string>
  /** Each becomes a Set-Cookie. */
  readonly cookies?: string[]
  readonly body: string
  readonly isBase64Encoded: boolean
}

export interface WebSocketEvent {
  /** Only of $connect, spelt as they came. */
  readonly headers?: Headers
  readonly requestContext: {
    /** `$connect`, `$disconnect`, `$default`, or what the frame's `action` says. */
    readonly routeKey: string
    readonly connectionId: string
  }
  readonly body?: string
  readonly isBase64Encoded: boolean
}
export interface WebSocketResponse {
  readonly statusCode: number
}

/** Of a Lambda authorizer of type REQUEST, payload format 2.0. */
export interface AuthorizerEvent {
  readonly headers?: Headers
}
/** A simple response. */
export interface AuthorizerResponse {
  readonly isAuthorized: boolean
  /** `requestContext.authorizer.lambda` of the event that the function behind is called with. */
  readonly context?: Readonly<Record<string, unknown>>
}
