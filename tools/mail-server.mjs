// `npm run mail-server -- 2525`: a mail server on loopback that takes every mail and prints it, to
// see what SMTP_URL would send. Nothing leaves the machine, nothing is kept.
import { SMTPServer } from 'smtp-server'

const port = Number(process.argv[2] ?? 2525)

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  size: 1_048_576,
  onData(stream, session, done) {
    const chunks = []
    stream.on('data', (chunk) => chunks.push(chunk))
    stream.on('error', done)
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map(({ address }) => address).join(', ')
      console.log(`--- for ${to}\n${Buffer.concat(chunks).toString('utf8')}`)
      done()
    })
  },
})
server.on('error', (error) => {
  // A client that breaks off is its own affair; a port that is taken is ours.
  if (error.syscall !== 'listen') return
  console.error(`Port ${port} is taken. Name another: npm run mail-server -- 2526`)
  process.exit(1)
})
server.listen(port, '127.0.0.1', () => console.log(`mail server on smtp://127.0.0.1:${port}`))
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => server.close(() => process.exit(0)))
