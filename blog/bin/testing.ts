/**
 * What AWS calls functions with, every field that it documents filled in. The types are those of
 * `@types/aws-lambda`, so what our functions take is held to them.
 */
import type {
  APIGatewayProxyEventV2WithLambdaAuthorizer,
  APIGatewayRequestAuthorizerEventV2,
  DynamoDBRecord,
  SQSEvent,
} from 'aws-lambda'

export type HttpEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<Record<string, unknown> | null>

const requestContext = (method: string, path: string) => ({
  ...{ accountId: '000000000000', apiId: 'r3pmxmplak', domainPrefix: 'r3pmxmplak' },
  domainName: 'r3pmxmplak.execute-api.us-east-1.amazonaws.com',
  http: {
    ...{ method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  },
  ...{ requestId: 'JKJaXmPLvHcESHA=', routeKey: '$default', stage: '$default' },
  ...{ time: '01/Jan/2026:12:00:00 +0000', timeEpoch: 1_767_268_800_000 },
})
const headers = {
  ...{ accept: '*/*', 'accept-encoding': 'br, gzip' },
  host: 'r3pmxmplak.execute-api.us-east-1.amazonaws.com',
  'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
  ...{ 'x-forwarded-for': '192.0.2.1', 'x-forwarded-port': '443', 'x-forwarded-proto': 'https' },
}

/** Behind a route with an authorizer, `authorized` is what that said. */
export const anHttpEvent = (
  method: string,
  rawPath: string,
  {
    body,
    authorized,
    ...more
  }: {
    readonly body?: unknown
    readonly authorized?: Record<string, unknown> | null
    readonly headers?: Readonly<Record<string, string>>
    readonly rawQueryString?: string
  } = {},
): HttpEvent => ({
  ...{ version: '2.0', routeKey: '$default', rawPath, isBase64Encoded: false },
  rawQueryString: more.rawQueryString ?? '',
  headers: {
    ...headers,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...more.headers,
  },
  requestContext: {
    ...requestContext(method, rawPath),
    ...((authorized !== undefined && { authorizer: { lambda: authorized } }) as {
      readonly authorizer: { readonly lambda: Record<string, unknown> | null }
    }),
  },
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
})

export const anAuthorizerEvent = (authorization: string): APIGatewayRequestAuthorizerEventV2 => ({
  ...{ version: '2.0', type: 'REQUEST', routeKey: 'POST /api/posts', rawPath: '/api/posts' },
  routeArn: 'arn:aws:execute-api:us-east-1:000000000000:r3pmxmplak/%24default/POST/api/posts',
  ...{ identitySource: [authorization], rawQueryString: '', cookies: [] },
  headers: { ...headers, authorization },
  requestContext: requestContext('POST', '/api/posts'),
})

export const anSqsEvent = (...bodies: readonly unknown[]): SQSEvent => ({
  Records: bodies.map((body, n) => ({
    messageId: `059f36b4-87a3-44ab-83d2-66197578${String(n).padStart(4, '0')}`,
    receiptHandle: `AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a${n}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ...{ ApproximateReceiveCount: '1', SentTimestamp: '1767268800000' },
      ...{ SenderId: 'AIDAIENQZJOLO23YVJ4VO', ApproximateFirstReceiveTimestamp: '1767268800010' },
    },
    messageAttributes: {},
    ...{ md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3', eventSource: 'aws:sqs' },
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:blog-queue',
    awsRegion: 'us-east-1',
  })),
})

type Images = Pick<NonNullable<DynamoDBRecord['dynamodb']>, 'NewImage' | 'OldImage'>

/** A pipe gives its enrichment a list of these. */
export const aStreamRecord = (
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE',
  keys: { readonly pk: string; readonly sk: string },
  images: Images,
): DynamoDBRecord => ({
  ...{ eventID: 'c9fbe7d0261a5163fcb6940593e41797', eventName, eventVersion: '1.1' },
  ...{ eventSource: 'aws:dynamodb', awsRegion: 'us-east-1' },
  dynamodb: {
    ApproximateCreationDateTime: 1_767_268_800,
    Keys: { pk: { S: keys.pk }, sk: { S: keys.sk } },
    ...images,
    ...{ SequenceNumber: '300000000000000499659', SizeBytes: 41 },
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
  eventSourceARN:
    'arn:aws:dynamodb:us-east-1:000000000000:table/blog-posts/stream/2026-01-01T12:00:00.000',
})
