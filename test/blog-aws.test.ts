/** The whole suite on the AWS composition, and what only that does: who may write, and what it does when functions die. */
import { after } from 'node:test'
import { closeLocalAws } from './aws/local-aws.ts'
import { startOnAws } from './aws/on-aws.ts'
import { blogContract } from './blog.contract.ts'

after(closeLocalAws)

blogContract('on AWS', startOnAws(), {
  mailbox: 'on AWS mails go by SES, and none is kept to be looked at',
  'an end that is asked for':
    'nobody asks functions on AWS to end; what ends and drains in this test would be the local AWS',
  'binary frames': 'API Gateway ends a connection that sends one (1003), before a function is told',
  hosts: 'API Gateway answers to its own names only (403), before a function is told',
})
