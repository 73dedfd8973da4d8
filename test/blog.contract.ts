/** All that the blog promises from the author to the reader, whatever it runs on. */
import { describe } from 'node:test'
import { apiContract } from './blog-api.contract.ts'
import { badInputContract } from './blog-bad-input.contract.ts'
import { faultContract } from './blog-fault.contract.ts'
import { mailContract } from './blog-mail.contract.ts'
import { mailboxContract } from './blog-mailbox.contract.ts'
import { pagesContract } from './blog-pages.contract.ts'
import { restartContract } from './blog-restart.contract.ts'
import { socketContract } from './blog-socket.contract.ts'
import type { Differences, Start } from './running.ts'

export function blogContract(name: string, start: Start, differences: Differences = {}): void {
  describe(`the blog ${name}`, () => {
    mailContract(start, differences)
    mailboxContract(start, differences)
    pagesContract(start, differences)
    socketContract(start, differences)
    apiContract(start)
    badInputContract(start, differences)
    faultContract(start)
    restartContract(start, differences)
  })
}
