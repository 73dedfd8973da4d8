/**
 * What an end-to-end test plays on: a blog that runs, a mail server beside it, and a directory
 * that outlives both. All of it goes when the test is over, also when it failed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stderr } from 'node:process'
import { type Api, api } from './api.ts'
import { type Follower, follow } from './follower.ts'
import { type MailServer, mailServer, type ReceivedMail } from './mail-server.ts'
import type { Running, Start } from './running.ts'
import { openSocket, openWatch, type Socket, type Watch } from './socket.ts'
import { subscribe } from './subscriber.ts'

export interface Stage {
  /** The blog that runs now. Its address stays the same when it is started again. */
  blog(): Running
  readonly mail: MailServer
  readonly api: Api
  /** Starts the blog where the last one ended, after that one has ended. */
  startAgain(signal?: AbortSignal): Promise<void>
  openSocket(headers?: Readonly<Record<string, string>>): Promise<Socket>
  openWatch(watch: Watch, after?: string): ReturnType<typeof openWatch>
  follow(watch: Watch): Promise<Follower>
  subscribe(email: string, topic: string): Promise<void>
  /** Waits for the mail that tells an address of a post. */
  mailed(email: string, postId: string, ms?: number): Promise<ReceivedMail>
  /** The mails that told an address of a post, whatever its title was by then. */
  mailsAbout(email: string, postId: string): readonly ReceivedMail[]
  /** Closes what was opened here; the blog runs on. */
  leave(): Promise<void>
  /** For `afterEach`: shows what the blog printed when the test has failed. */
  explain(test: object): void
  close(): Promise<void>
}

/** How a contract comes to its stage. */
export type Open = () => Promise<Stage>

/** One stage for all who open it, each of whom finds what the others have written. */
export function oneStage(start: Start): { readonly open: Open; close(): Promise<void> } {
  let opening: Promise<Stage> | undefined
  return {
    async open() {
      opening ??= openStage(start)
      const stage = await opening
      return { ...stage, close: stage.leave }
    },
    async close() {
      await (await opening)?.close()
    },
  }
}

export async function openStage(
  start: Start,
  {
    hasMailServer = true,
    authors,
  }: { readonly hasMailServer?: boolean; readonly authors?: string } = {},
): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'busbar-'))
  const mail = await mailServer()
  const given = {
    dataDir,
    ...(hasMailServer && { smtpUrl: mail.url }),
    ...(authors && { authors }),
  }
  const closers: (() => Promise<void>)[] = []
  const removeAll = async () => {
    await mail.stop()
    await rm(dataDir, { recursive: true, force: true })
  }

  let blog: Running
  try {
    blog = await start(given)
  } catch (error) {
    await removeAll()
    throw error
  }
  const { url, socketUrl } = blog
  const port = Number(new URL(url).port)

  const leave = async () => {
    await Promise.allSettled(closers.splice(0).map((close) => close()))
  }

  /** Closed with the stage; what the test closed itself is closed twice without harm. */
  const mine = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const opened = await opening
    closers.push(() => opened.close())
    return opened
  }

  return {
    blog: () => blog,
    mail,
    api: api(url),
    async startAgain(signal) {
      blog = await start({ ...given, port, ...(signal && { signal }) })
    },
    openSocket: (headers) => mine(openSocket(socketUrl, headers)),
    openWatch: (watch, after) => mine(openWatch(socketUrl, watch, after)),
    follow: (watch) => mine(follow(socketUrl, watch)),
    subscribe: (email, topic) => subscribe(url, mail, email, topic),
    mailed: (email, postId, ms) =>
      mail.mails.wait(
        (received) => received.to === email && received.postId === postId,
        `the mail that tells ${email} of post ${postId}`,
        ms,
      ),
    mailsAbout: (email, postId) =>
      mail.mailsTo(email).filter((received) => received.postId === postId),
    explain(test) {
      if ('error' in test && test.error) stderr.write(`The blog printed:\n${blog.output()}`)
    },
    leave,
    async close() {
      await leave()
      await blog.kill()
      await removeAll()
    },
  }
}
