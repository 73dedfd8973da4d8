import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { callableAddresses } from './callable-addresses.ts'

const closed = callableAddresses({ allow: [], allowLoopback: false })

describe('without anything allowed', () => {
  for (const [what, addresses] of Object.entries({
    'this machine': ['127.0.0.1', '127.255.255.254', '0.0.0.0', '::1', '::'],
    'private networks': [
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      'fd00::1',
      'fc00::1',
    ],
    'the link': ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
    'cloud metadata': ['169.254.169.254', '100.100.100.200', 'fd00:ec2::254', '168.63.129.16'],
    'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
    'multicast and broadcast': ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
    'documentation, benchmarks and what is reserved': [
      '192.0.2.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.1',
      '240.0.0.1',
      '2001:db8::1',
      '3fff::1',
      '192.0.0.1',
    ],
    'IPv4 inside IPv6': [
      '::ffff:127.0.0.1',
      '::ffff:a9fe:a9fe',
      '0:0:0:0:0:ffff:10.0.0.1',
      '::ffff:0:1',
      '::127.0.0.1',
      '64:ff9b::10.0.0.1',
      '64:ff9b::1',
      '64:ff9b:1::1',
      '2002:a00:1::1',
      '2001:0:a00:1::1',
    ],
    'what is no address': ['', 'localhost', '1.2.3', '1.2.3.4.5', '12345::'],
  }))
    test(`${what} may not be called`, () => {
      assert.deepEqual(addresses.filter(closed), [])
    })

  test('addresses of the open internet may be called', () => {
    const open = [
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '172.15.255.255',
      '172.32.0.1',
      '192.167.255.255',
      '100.63.255.255',
      '100.128.0.0',
      '223.255.255.255',
      '168.63.129.17',
      '2606:4700::1111',
      '2a00:1450::1',
      '::ffff:1.1.1.1',
      '64:ff9b::101:101',
    ]
    assert.deepEqual(
      open.filter((address) => !closed(address)),
      [],
    )
  })
})

test('loopback is allowed in both families and all its spellings, and nothing else with it', () => {
  const isCallable = callableAddresses({ allow: [], allowLoopback: true })

  assert.ok(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'].every(isCallable))
  assert.deepEqual(['0.0.0.0', '::', '10.0.0.1', '169.254.169.254', '::2'].filter(isCallable), [])
})

test('a range is allowed to its borders', () => {
  const isCallable = callableAddresses({
    allow: ['10.1.0.0/16', 'fd12::/16', '192.168.7.7'],
    allowLoopback: false,
  })

  assert.ok(
    ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', 'fd12::9', '192.168.7.7'].every(isCallable),
  )
  assert.deepEqual(['10.0.255.255', '10.2.0.0', 'fd13::9', '192.168.7.8'].filter(isCallable), [])
})

for (const range of [
  '10.0.0.0/33',
  '10.0.0/8',
  'fd00::/129',
  'localhost',
  '10.0.0.0/',
  '10.0.0.0/-1',
])
  test(`“${range}” is told to be no range`, () => {
    assert.throws(
      () => callableAddresses({ allow: [range], allowLoopback: false }),
      /is no range of addresses\. Write one like 10\.0\.0\.0\/8/,
    )
  })
