/** `npm run synth`: the blog for AWS. What the flow does not say is chosen here. */
import { join } from 'node:path'
import { cdk } from '@busbar/runtime/cdk'
import { allow } from '@busbar/runtime/cdk-grant'
import { httpApi } from '@busbar/runtime/cdk-routes'
import { site } from '@busbar/runtime/cdk-site'
import { webSocket } from '@busbar/runtime/cdk-websocket'
import { variables } from '@busbar/runtime/lambda-environment'
import { App, CfnOutput, Stack, Validations } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { AwsSolutionsChecks } from 'cdk-nag'
import { endpoints } from '../adapters/http/endpoints.ts'
import { blog } from '../flow.ts'
import { deployment } from './deployment.ts'
import { bundle, handler } from './lambda-bundle.ts'

const { outdir, stackName, mailFrom, allowAddresses, authors, publicUrl, keepsData, alarmsTo } =
  deployment(process.env)

const app = new App({
  outdir,
  analyticsReporting: false,
  context: { '@aws-cdk/aws-iam:minimizePolicies': true },
})
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
const stack = new Stack(app, 'blog', {
  stackName,
  description: 'A blog whose parts talk by events',
})

const folder = join(outdir, 'lambda')
bundle(folder)
const here = site(stack, {
  ...{ flowName: blog.name, code: Code.fromAsset(folder), handler, keepsData },
})
if (alarmsTo) here.alarms.addSubscription(new EmailSubscription(alarmsTo))
const api = httpApi(here)
const sockets = webSocket(here)
const pagesAt = { environment: { [variables.publicUrl]: publicUrl ?? api.apiEndpoint } }

const token = new Secret(stack, 'author-token', {
  description: 'Whoever has it may write posts',
  generateSecretString: { passwordLength: 40, excludePunctuation: true },
})
Validations.of(token).acknowledge({
  id: 'AwsSolutions-SMG4',
  reason:
    'A person types it. Whoever changes it tells the authors; nothing could do that by itself.',
})
const sealed = new Secret(stack, 'seal', {
  description: 'Links in mails and keys of webhooks are made with it',
  generateSecretString: { passwordLength: 64, excludePunctuation: true },
})
Validations.of(sealed).acknowledge({
  id: 'AwsSolutions-SMG4',
  reason: 'Another one would end every link that was mailed and every key that was told.',
})
const sealing = {
  environment: { [variables.sealSecret]: sealed.secretArn },
  statements: [allow(['secretsmanager:GetSecretValue'], [sealed.secretArn])],
}
const mayWrite = authors.length > 0 ? { [variables.authors]: authors.join(',') } : {}
const readingToken = {
  environment: { [variables.authorTokenSecret]: token.secretArn, ...mayWrite },
  statements: [allow(['secretsmanager:GetSecretValue'], [token.secretArn])],
}

const identity = (resourceName: string) =>
  stack.formatArn({ service: 'ses', resource: 'identity', resourceName })
// A mail that we compose ourselves is allowed by the second, whatever the call is named.
const sending = allow(
  ['ses:SendEmail', 'ses:SendRawEmail'],
  [mailFrom.address, mailFrom.domain].map(identity),
)
sending.addCondition('StringEquals', { 'ses:FromAddress': mailFrom.address })

cdk(blog, {
  ...{ site: here, httpApi: api, webSocket: { ...sockets, needs: pagesAt } },
  services: {
    mailer: { environment: { [variables.mailFrom]: mailFrom.text }, statements: [sending] },
    http: {
      environment: allowAddresses === null ? {} : { [variables.allowAddresses]: allowAddresses },
    },
    // Comprehend has no resource that could be named here.
    recognizer: {
      statements: [
        allow(['comprehend:DetectDominantLanguage', 'comprehend:DetectEntities'], ['*']),
      ],
    },
    connections: sockets.pushing,
    renderer: pagesAt,
    links: pagesAt,
    seal: sealing,
    ids: {},
    clock: {},
  },
  readers: {
    'email-subscriber': ['posts'],
    'post-to-webhook': ['posts'],
    'show-preferences': ['subscriptions'],
    'list-posts': ['posts'],
    'show-post': ['posts'],
    'show-progress': ['posts', 'progress'],
    'count-readers': ['subscriptions'],
    'list-topics': ['posts'],
    'list-drafts': ['drafts'],
    'show-draft': ['drafts'],
    'search-posts': ['posts'],
    'list-mentions': ['posts'],
    'send-sign-in-link': ['credentials'],
  },
  // Their answers name the newest change, to watch from.
  besides: {
    ...{ 'list-posts': sockets.reading, 'show-post': sockets.reading },
    'request-sign-in': { environment: mayWrite },
  },
  // All of them meet at the end of the log: those that come together are one transaction there.
  together: { 'push-to-browsers': 5 },
  authors: {
    routes: endpoints.filter(({ authored }) => authored).map(({ on }) => on),
    authorizer: readingToken,
    table: 'credentials',
    pages: ['POST /sign-in/{link}', 'POST /account/tokens', 'POST /account/tokens/revoke'],
  },
  http: {
    each: pagesAt,
    pages: {
      environment: {
        ...readingToken.environment,
        ...sockets.reading.environment,
        [variables.websocketUrl]: sockets.url,
      },
      statements: [...readingToken.statements, ...(sockets.reading.statements ?? [])],
    },
  },
})

for (const [name, value] of Object.entries({
  BlogUrl: api.apiEndpoint,
  WebSocketUrl: sockets.url,
  AuthorToken: token.secretName,
}))
  new CfnOutput(stack, name, { value })
app.synth()
process.stderr.write(`${join(outdir, `${stack.artifactId}.template.json`)}\n`)
if (mailFrom.domain === 'example.org')
  process.stderr.write('MAIL_FROM is not set: SES will refuse to send a mail of this blog.\n')
