/** Synthesises the failing flow, as `blog/bin/cdk.ts` does the blog. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cdk } from '@busbar/runtime/cdk'
import { httpApi } from '@busbar/runtime/cdk-routes'
import { site } from '@busbar/runtime/cdk-site'
import { webSocket } from '@busbar/runtime/cdk-websocket'
import { App, Stack } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { buildSync } from 'esbuild'
import { failing } from './failing-flow.ts'

const outdir = process.env.CDK_OUTDIR ?? ''
const folder = join(outdir, 'lambda')
buildSync({
  entryPoints: [fileURLToPath(new URL('failing-lambda.ts', import.meta.url))],
  outfile: join(folder, 'index.mjs'),
  ...{ bundle: true, format: 'esm', platform: 'node', target: 'node24', logLevel: 'warning' },
  banner: {
    js: "import{createRequire as $r}from'node:module';const require=$r(import.meta.url);",
  },
})
const app = new App({ outdir, analyticsReporting: false })
const here = site(new Stack(app, 'failing'), {
  ...{ flowName: failing.name, code: Code.fromAsset(folder), handler: 'index.handler' },
  keepsData: false,
})
cdk(failing, {
  ...{ site: here, httpApi: httpApi(here), webSocket: { ...webSocket(here), needs: {} } },
  ...{ services: {}, readers: {}, besides: {}, http: { each: {}, pages: {} } },
  authors: { routes: [], authorizer: {} },
})
app.synth()
