/** The blog in one process: `node blog/bin/embedded.ts`, as a user starts it. */
import { blogProcess } from './blog-process.ts'
import type { Start } from './running.ts'

export const embedded: Start = async ({ dataDir, port = 0, smtpUrl, authors, signal }) => {
  const startedAt = performance.now()
  const env = {
    PORT: String(port),
    DATA_DIR: dataDir,
    ...(smtpUrl !== undefined && { SMTP_URL: smtpUrl }),
    ...(authors !== undefined && { AUTHORS: authors }),
  }
  const { url, busUrl, stop, kill, output } = await blogProcess('embedded.ts', env, signal)
  return {
    ...{ url, busUrl, dataDir, stop, kill, output },
    socketUrl: `${url.replace('http', 'ws')}/ws`,
    readyAfterMs: performance.now() - startedAt,
  }
}
