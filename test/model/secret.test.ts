import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'

const text = 'correct-horse-battery-staple'
const secret = new Secret(text)

t.equal(secret.reveal(), text, 'reveal() gives the secret')

const printed = (secret: unknown) => {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const console = new Console(stream, stream)
  console.log(secret, 'and', { secret })
  console.log('%s %o %O %j', secret, secret, secret, secret)
  console.error(secret)
  console.dir({ secret }, { depth: null, showHidden: true })
  console.table([{ secret }])
  return lines.join('')
}

for (const [name, print] of [
  ['String()', String(secret)],
  ['a template', `${secret}`],
  ['a sum', `a${secret as unknown as string}`],
  ['join()', [secret, secret].join(' ')],
  ['toString()', secret.toString()],
  ['toLocaleString()', secret.toLocaleString()],
  ['JSON', JSON.stringify(secret)],
  ['JSON, nested', JSON.stringify({ a: [{ secret }] })],
  ['inspect()', inspect(secret)],
  ['inspect(), nested', inspect({ a: [{ secret }], m: new Map([[secret, secret]]) }, { depth: 9 })],
  ['inspect() of everything', inspect(secret, { showHidden: true, getters: true, depth: null })],
  ['inspect() without customs', inspect(secret, { customInspect: false, showHidden: true })],
  ['format()', format('%s %d %i %j %o %O', secret, secret, secret, secret, secret, secret)],
  ['console', printed(secret)],
  ['an error', inspect(new Error(`Cannot use ${secret}`, { cause: secret }))],
  ['its keys', Reflect.ownKeys(secret).map(String).join()],
  ['a copy', inspect({ ...secret })],
  ['a clone', inspect(structuredClone(secret))],
] as const) {
  t.notMatch(print, text, `P8 Secret is not shown by ${name}`)
  t.notOk(print.includes('horse'), `P8 Secret is not shown in part by ${name}`)
}

t.equal(`${secret}`, '[secret]', 'Secret says what it is')
t.equal(JSON.stringify({ secret }), '{"secret":"[secret]"}', 'Secret says what it is in JSON')
t.equal(inspect({ secret }), '{ secret: [secret] }', 'Secret says what it is when inspected')
