/** All that the blog promises from the author to the reader, whatever it runs on. */
import { after, describe } from 'node:test'
import { apiContract } from './blog-api.contract.ts'
import { badInputContract } from './blog-bad-input.contract.ts'
import { faultContract } from './blog-fault.contract.ts'
import { mailContract } from './blog-mail.contract.ts'
import { mailboxContract } from './blog-mailbox.contract.ts'
import { pagesContract } from './blog-pages.contract.ts'
import { restartContract } from './blog-restart.contract.ts'
import { socketContract } from './blog-socket.contract.ts'
import type { Differences, Start } from './running.ts'
import { oneStage, openStage } from './stage.ts'

export function blogContract(name: string, start: Start, differences: Differences = {}): void {
  describe(`the blog ${name}`, () => {
    const shared = differences.sharesStage ? oneStage(start) : null
    after(() => shared?.close())
    const open = shared?.open ?? (() => openStage(start))
    pagesContract(open, differences) // first: the front page of others' posts is longer than a page
    mailContract(open, differences)
    mailboxContract(start, differences)
    socketContract(open, differences)
    apiContract(open)
    badInputContract(open, differences)
    faultContract(open, differences)
    restartContract(start, differences)
  })
}
