/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
export { gatewayConnections } from '../adapters/aws/connections.ts'
