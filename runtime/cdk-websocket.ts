/** The WebSocket API, and the table of who is connected and of what they are told. */
import { Validations } from 'aws-cdk-lib'
import { type CfnApi, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { allow, type Grant } from './cdk-grant.ts'
import { named, type Site } from './cdk-site.ts'
import { dynamoTable, tableGrant } from './cdk-table.ts'
import { variables } from './lambda-environment.ts'

/** A browser that watches what it missed says so in the same frame (`after`). */
const routes = ['$connect', '$disconnect', 'watch', 'unwatch', '$default'] as const
const stageName = 'live'
const throttle = { rateLimit: 100, burstLimit: 200 }

export interface WebSocket {
  readonly api: WebSocketApi
  /** Where browsers connect to. */
  readonly url: string
  /** To know who is connected, and to send to them. */
  readonly pushing: Grant
  /** To know the newest change that a browser could have been told of. */
  readonly reading: Grant
}

/** Made before the functions, which are told where it stands. */
export function webSocket(site: Site): WebSocket {
  const table: Table = dynamoTable(site, 'connections', { streams: false, keepsData: false })
  const api = new WebSocketApi(site.stack, 'websocket-api', {
    apiName: named(site, 'websocket'),
    routeSelectionExpression: '$request.body.action',
  })
  const stage = new WebSocketStage(site.stack, 'websocket-stage', {
    ...{ webSocketApi: api, stageName, autoDeploy: true, throttle },
  })
  Validations.of(stage).acknowledge({
    id: 'AwsSolutions-APIG1',
    reason:
      'A WebSocket API writes logs only with a role that is set for the whole account and region, which no stack of ours changes. Its function logs.',
  })
  // POST sends, DELETE hangs up.
  const paths = ['POST', 'DELETE'].map((method) => `${stageName}/${method}/@connections/*`)
  const id = site.stack.getLogicalId(api.node.defaultChild as CfnApi)
  for (const path of paths)
    Validations.of(site.stack).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${id}>/${path}]`,
      reason: 'Which connections there will be is not known before they are made.',
    })
  const managed = paths.map((resourceName) =>
    site.stack.formatArn({ service: 'execute-api', resource: api.apiId, resourceName }),
  )
  const writing = tableGrant(table, variables.connectionsTable, 'write')
  return {
    api,
    url: stage.url,
    reading: tableGrant(table, variables.connectionsTable, 'read'),
    pushing: {
      environment: { ...writing.environment, [variables.websocketEndpoint]: stage.callbackUrl },
      statements: [
        ...(writing.statements ?? []),
        allow(['execute-api:ManageConnections'], managed),
      ],
    },
  }
}

export function webSocketRoutes(api: WebSocketApi, lambda: Lambda): void {
  for (const name of routes) {
    const integration = new WebSocketLambdaIntegration(name, lambda)
    Validations.of(api.addRoute(name, { integration })).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: `${name} is for readers, who do not sign in; frames are validated, and throttled.`,
    })
  }
}
