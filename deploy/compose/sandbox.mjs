/**
 * The sandbox Exchange of compose.yaml: a few people with some mail, in memory.
 *
 * Its arguments: the module of the sandbox, the folder of the secrets, and where to listen.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [module = '', secrets = '', host = '', port] = process.argv.slice(2)
const { Sandbox } = await import(pathToFileURL(module).href)
const secret = name => readFileSync(join(secrets, name), 'utf8').trim()
const mailbox = (name, more) => ({
  primarySmtpAddress: `${name}@example.com`,
  aliases: [],
  ...more,
})

const sandbox = await Sandbox.start(
  {
    username: 'svc-gateway@example.com',
    password: secret('upstream.password'),
    serviceAddress: 'svc-gateway@example.com',
    users: [
      ...['alice', 'bob', 'carol', 'ceo'].map(name => mailbox(name)),
      mailbox('neutral', { empty: true }),
    ],
    keepSeen: 0,
  },
  { host, port: Number(port), tls: { cert: secret('tls.crt'), key: secret('tls.key') } },
)
process.stdout.write(`${sandbox.url}\n`)
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void sandbox.close())
