import { inspect } from 'node:util'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { basicAuthentication, basicHeader } from '../../src/upstream/basic.ts'

for (const [username, password, text] of [
  ['svc', 'secret', 'svc:secret'],
  ['CORP\\svc', 'a:b', 'CORP\\svc:a:b'],
  ['jürgen@example.com', 'pässwörd€', 'jürgen@example.com:pässwörd€'],
  ['svc', '', 'svc:'],
] as const) {
  const header = basicHeader(username, new Secret(password)).reveal()
  t.match(header, /^Basic [A-Za-z0-9+/]+=*$/)
  t.equal(
    Buffer.from(header.slice(6), 'base64').toString('utf8'),
    text,
    `basicHeader() writes ${text} in UTF-8`,
  )
}

t.throws(
  () => basicAuthentication('a:b', new Secret('')),
  /must not contain a colon/,
  'basicAuthentication() refuses a colon in the user name',
)

t.notMatch(
  inspect(basicAuthentication('svc', new Secret('hunter2')), { depth: 9, showHidden: true }),
  /hunter2|c3Zj/,
  'P8 basicAuthentication() prints nothing of the password',
)
