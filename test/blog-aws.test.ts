/** The whole suite on the AWS composition, and what only that does: who may write, and what it does when functions die. */
import { after, describe } from 'node:test'
import { failuresContract } from './aws/failures.contract.ts'
import { gatewayContract } from './aws/gateway.contract.ts'
import { closeLocalAws } from './aws/local-aws.ts'
import { startOnAws } from './aws/on-aws.ts'
import { blogContract } from './blog.contract.ts'
import { signInContract } from './blog-sign-in.contract.ts'
import { oneStage } from './stage.ts'

after(closeLocalAws)

blogContract('on AWS', startOnAws(), {
  without: {
    suppression: 'SES keeps its own list of mailboxes that there are not',
    mailbox: 'on AWS mails go by SES, and none is kept to be looked at',
    'an end that is asked for':
      'nobody asks functions on AWS to end; what would end here is the local AWS',
    'a kill of all':
      'what is kept is with services that go on; functions die while a page is open, and while authors write',
    'another blog': 'connections.test.ts has a cursor of one beside the adapter',
    'more pages':
      'what a page makes of frames and answers is made by the same script and the same handlers in one process',
    'binary frames': 'API Gateway ends a connection that sends one, before a function is told',
    hosts: 'API Gateway answers to its own names only, before a function is told',
  },
  sharesStage: true,
  startsCold: true,
  tooMuch: { posts: 30, body: 'x'.repeat(40_000) }, // its functions bring a megabyte
})
describe('for authors only', () => {
  const start = startOnAws('strangers')
  const { open, close } = oneStage(start)
  after(close)
  gatewayContract(open)
  signInContract(start, { isKilled: false, open })
})
failuresContract()
