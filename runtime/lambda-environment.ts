/**
 * The names under which a function on AWS finds what stands around it: `cdk*.ts` writes them,
 * `lambda*.ts` reads them, so the two cannot drift. A function is given those that it needs.
 *
 * | who | is given, besides TARGET |
 * |---|---|
 * | a target or a route, for each table that it uses | `tableVariable(table)` |
 * | a target of a rule or of a topic | QUEUE_URL, DLQ_URL |
 * | `topic:<name>`, which fans out | QUEUE_URL, DLQ_URL, the table of the subscriptions, `queueVariable` of each protocol's target |
 * | `pipe:<name>`, which makes entries of stream records | nothing |
 * | whoever uses a service | what the app says that it needs (`Grant`) |
 */
export const variables = {
  /** Which part of the flow this function is: a target's id, or one of `targets` below. */
  target: 'TARGET',
  /** The queue that calls this function: to make a message wait, and for the rest of a fan-out. */
  queueUrl: 'QUEUE_URL',
  /** Where this function puts what is not to be tried again. */
  dlqUrl: 'DLQ_URL',
  /** Where the blog's pages stand, without a slash at the end. */
  publicUrl: 'PUBLIC_URL',
  /** Whom mails come from. */
  mailFrom: 'MAIL_FROM',
  /** The table of connections, of what they watch and of the changes that they are told of. */
  connectionsTable: 'CONNECTIONS_TABLE',
  /** Where connections are posted to: https, the stage in its path. */
  websocketEndpoint: 'WEBSOCKET_ENDPOINT',
  /** Where browsers connect to: wss. */
  websocketUrl: 'WEBSOCKET_URL',
  /** The ARN of the secret in Secrets Manager whose text is the author's token. */
  authorTokenSecret: 'AUTHOR_TOKEN_SECRET',
  /** The addresses of those who may sign in, by commas. */
  authors: 'AUTHORS',
  /** Ranges of addresses inside that webhooks may be at. */
  allowAddresses: 'ALLOW_ADDRESSES',
  /** The ARN of the secret that links and keys are sealed with. */
  sealSecret: 'SEAL_SECRET',
} as const

/** Values of TARGET that are no target's id; no target of the flow may be called like one of them. */
export const targets = {
  /** The function behind a pipe, given a list of stream records. */
  pipe: (name: string) => `pipe:${name}`,
  /** The function that makes a message to a topic one for each subscription. */
  topic: (name: string) => `topic:${name}`,
  /** All that no route of the flow is for: the API's `$default`. */
  pages: 'pages',
  authorizer: 'authorizer',
  /** All routes of the WebSocket API; the event's `requestContext.routeKey` says which. */
  websocket: 'websocket',
} as const

/** `posts` → TABLE_POSTS. */
export const tableVariable = (table: string): string => `TABLE_${upperSnake(table)}`
/** `email-subscriber` → QUEUE_URL_EMAIL_SUBSCRIBER: another function's queue, to put messages on. */
export const queueVariable = (target: string): string =>
  `${variables.queueUrl}_${upperSnake(target)}`

const upperSnake = (name: string): string => name.replaceAll('-', '_').toUpperCase()
