import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsServices } from './aws-services.ts'

const http = { request: () => Promise.reject(new Error('nobody is called')) }
const sign = () => () => ({})

test('there are services for the endpoints that are set, and no others', () => {
  const names = (endpoints: object) => [...awsServices({ http, sign, endpoints }).keys()]

  assert.deepEqual(names({}), [])
  assert.deepEqual(names({ sns: 'http://127.0.0.1:1' }), ['sns'])
  assert.deepEqual(names({ lambda: 'http://a', sqs: 'http://b', sns: 'http://c' }), [
    ...['sqs', 'sns', 'lambda'],
  ])
})
