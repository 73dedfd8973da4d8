/** Runs the README's commands for the bus as they stand there: with the AWS CLI, against the blog's bus. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { embedded } from './embedded.ts'

const section = readFileSync('README.md', 'utf8')
  .split('## The bus, from any AWS SDK')[1]
  ?.split('\n## ')[0]
const commands = [...(section ?? '').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) =>
  String(text).trim(),
)
const cli = [process.env.AWS_CLI, '/usr/bin/aws'].find((path) => path && existsSync(path))

test('the commands for the bus do what the README says', {
  timeout: 120_000,
  skip: !cli && !process.env.CI ? 'There is no AWS CLI: apt-get install awscli' : false,
}, async () => {
  assert.equal(commands.length, 4, 'the section has the steps that this test walks')
  const [exports = '', calls = '', tail, explain] = commands
  const dataDir = mkdtempSync(join(tmpdir(), 'busbar-readme-bus-'))
  const blog = await embedded({ dataDir })
  const PATH = [dirname(cli ?? ''), process.env.PATH].join(delimiter)
  const run = async (command = ''): Promise<string> => {
    const script = `${exports.replaceAll('http://127.0.0.1:4010', blog.busUrl)}\n${command}`
    const options = { timeout: 60_000, env: { ...process.env, PATH } }
    return (await promisify(execFile)('sh', ['-ec', script], options)).stdout
  }
  try {
    const answers = await run(calls)
    assert.match(
      answers,
      /"EventBusArn": "arn:aws:events:us-east-1:000000000000:event-bus\/orders"/,
    )
    assert.match(answers, /"RuleArn": ".*:rule\/orders\/large"/)
    const counts = [...answers.matchAll(/"FailedEntryCount": (\d+)/g)].map(([, count]) => count)
    assert.deepEqual(counts, ['0', '0'], 'of targets and of events')

    const told = await run(tail)
    assert.match(told, /OrderPlaced/)
    assert.match(told, /large/)
    const file = join(dataDir, 'log-groups')
    assert.ok(existsSync(file), 'the log group is a file of the data directory')

    const why = await promisify(execFile)('sh', ['-c', `${explain}; echo "exit $?"`], {
      env: { ...process.env, PATH },
    })
    assert.match(why.stdout, /total/)
    assert.match(why.stdout, /exit 3/)
  } finally {
    await blog.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
