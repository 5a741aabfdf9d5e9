import t from 'tap'
import { SchemaFiles } from '../../src/upstream/schema.ts'

const GATEWAY = 'https://gw.example/EWS/Exchange.asmx'
const DAY = 24 * 60 * 60 * 1000

for (const [text, expected] of [
  [
    '<soap:address location="https://exch01.corp/EWS/Exchange.asmx"/>',
    `<soap:address location="${GATEWAY}"/>`,
  ],
  [
    "<wsdlsoap:address\n  x='1' location = 'http://exch01/'/>",
    `<wsdlsoap:address\n  x='1' location = "${GATEWAY}"/>`,
  ],
  [
    '<address location="a"/><soap12:address location="b"/>',
    `<address location="${GATEWAY}"/><soap12:address location="${GATEWAY}"/>`,
  ],
  ['<xs:import schemaLocation="types.xsd"/>', '<xs:import schemaLocation="types.xsd"/>'],
  ['<soap:addresses location="a"/>', '<soap:addresses location="a"/>'],
  ['<definitions/>', '<definitions/>'],
] as const) {
  const files = new SchemaFiles(
    async () => text,
    () => 0,
  )
  const read = await files.read('services.wsdl', GATEWAY)
  t.equal(Buffer.from(read ?? []).toString(), expected, `R11 read() of ${text}`)
}

t.test('R11 read() escapes the URL, and otherwise keeps it', async t => {
  const files = new SchemaFiles(
    async () => '<soap:address location="x"/>',
    () => 0,
  )
  const read = await files.read('services.wsdl', 'http://h/?a=1&b="$&<')
  t.equal(
    Buffer.from(read ?? []).toString(),
    '<soap:address location="http://h/?a=1&amp;b=&quot;$&amp;&lt;"/>',
  )
})

t.test('R11 read() changes nothing in a schema', async t => {
  const text = '<soap:address location="x"/>ü'
  const files = new SchemaFiles(
    async () => text,
    () => 0,
  )
  t.equal(Buffer.from((await files.read('types.xsd', GATEWAY)) ?? []).toString(), text)
})

t.test('R11 read() keeps a file for a day and a miss for five minutes', async t => {
  let now = 0
  const asked: string[] = []
  const files = new SchemaFiles(
    async name => {
      asked.push(name)
      return name === 'types.xsd' ? undefined : name
    },
    () => now,
  )
  for (const [at, file, count] of [
    [0, 'services.wsdl', 1],
    [DAY - 1, 'services.wsdl', 1],
    [DAY, 'services.wsdl', 2],
    [DAY, 'types.xsd', 3],
    [DAY + 5 * 60_000 - 1, 'types.xsd', 3],
    [DAY + 5 * 60_000, 'types.xsd', 4],
    [DAY + 5 * 60_000, 'messages.xsd', 5],
  ] as const) {
    now = at
    const read = await files.read(file, GATEWAY)
    t.equal(read === undefined, file === 'types.xsd')
    t.equal(asked.length, count, `${file} after ${at} ms`)
  }
  t.strictSame([...new Set(asked)], ['Services.wsdl', 'types.xsd', 'messages.xsd'])
})

t.test('R11 read() sends one request for many calls, and caches no failure', async t => {
  let asked = 0
  let fails = true
  const files = new SchemaFiles(
    async () => {
      asked += 1
      if (fails) throw new Error('unreachable')
      return 'x'
    },
    () => 0,
  )
  const many = await Promise.allSettled(
    Array.from({ length: 9 }, () => files.read('types.xsd', GATEWAY)),
  )
  t.ok(many.every(({ status }) => status === 'rejected'))
  t.equal(asked, 1)
  fails = false
  t.equal(Buffer.from((await files.read('types.xsd', GATEWAY)) ?? []).toString(), 'x')
  t.equal(asked, 2)
})
