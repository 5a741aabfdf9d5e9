/**
 * Autodiscover, in all its forms: who is told where the gateway is, and who is told nothing.
 */

import { XMLParser } from 'fast-xml-parser'
import t from 'tap'
import {
  type Answered,
  FULL,
  type GatewayTestServer,
  NEUTRAL,
  ORGANIZATION,
  type PostOptions,
  READ_ONLY,
  SERVICE,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { until, Wire } from '../kit/wire.ts'

const BASE = 'http://schemas.microsoft.com/exchange/autodiscover'
const NS = 'http://schemas.microsoft.com/exchange/2010/Autodiscover'
const URL_SETTINGS = ['ExternalEwsUrl', 'InternalEwsUrl']

const pox = (address: string, schema = `${BASE}/outlook/responseschema/2006a`) =>
  `<?xml version="1.0"?><Autodiscover xmlns="${BASE}/outlook/requestschema/2006"><Request>` +
  `<EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${schema}</AcceptableResponseSchema>` +
  '</Request></Autodiscover>'

const users = (...addresses: readonly string[]) =>
  addresses.map(address => `<a:User><a:Mailbox>${address}</a:Mailbox></a:User>`).join('')

const soap = (asked: string, settings: readonly string[] = ['UserDisplayName', ...URL_SETTINGS]) =>
  `<?xml version='1.0' encoding='utf-8'?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
  `xmlns:a="${NS}" xmlns:wsa="http://www.w3.org/2005/08/addressing"><s:Header>` +
  `<wsa:Action>${NS}/Autodiscover/GetUserSettings</wsa:Action></s:Header><s:Body>` +
  `<a:GetUserSettingsRequestMessage><a:Request><a:Users>${asked}</a:Users><a:RequestedSettings>` +
  `${settings.map(name => `<a:Setting>${name}</a:Setting>`).join('')}</a:RequestedSettings>` +
  '</a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>'

/** The same question in each form. */
const FORMS = {
  POX: {
    path: '/autodiscover/autodiscover.xml',
    ask: (address: string) => ({ method: 'POST', body: pox(address) }),
    notFound: [
      200,
      '<ErrorCode>500</ErrorCode><Message>The email address cannot be found.</Message>',
    ],
  },
  SOAP: {
    path: '/autodiscover/autodiscover.svc',
    ask: (address: string) => ({ method: 'POST', body: soap(users(address)) }),
    notFound: [200, '<a:ErrorCode>InvalidUser</a:ErrorCode>'],
  },
  JSON: {
    path: '/autodiscover/autodiscover.json',
    ask: (address: string) => ({
      method: 'GET',
      body: '',
      query: `?Email=${encodeURIComponent(address)}&Protocol=Ews`,
    }),
    notFound: [404, '"ErrorCode":"UserNotFound"'],
  },
  'JSON with the address in its path': {
    path: '/autodiscover/autodiscover.json/v1.0/',
    ask: (address: string) => ({
      method: 'GET',
      body: '',
      query: `${encodeURIComponent(address)}?Protocol=ews&RedirectCount=1`,
    }),
    notFound: [404, '"ErrorCode":"UserNotFound"'],
  },
} as const
type FormName = keyof typeof FORMS
const NAMES = Object.keys(FORMS) as FormName[]

function lookUp(
  server: GatewayTestServer,
  name: FormName,
  address: string,
  options: PostOptions = {},
) {
  const { path, ask } = FORMS[name]
  const { method, body, ...rest } = ask(address)
  const query = 'query' in rest ? rest.query : ''
  return server.post(body, { method, path: path + query, ...options })
}

const publicUrl = 'https://ews.example.com'
const EWS_URL = `${publicUrl}/EWS/Exchange.asmx`
/** Returns the values in a response, above all URLs. */
const urlsIn = ({ text }: Answered) =>
  (text.match(/https?:\/\/[^"<]+/g) ?? []).filter(url => !/schemas|w3\.org/.test(url))
/** All but what is another in every answer. */
const shown = ({ status, headers, text }: Answered) => {
  const { date: _, 'x-decision-id': __, ...rest } = headers
  return { status, headers: rest, text }
}

t.test('Autodiscover', async t => {
  const server = await startGatewayTestServer(t, { config: { publicUrl } })
  for (const name of NAMES)
    await t.test(
      `${name} returns the URL of the gateway only to clients that can impersonate`,
      async t => {
        for (const [address, auth] of [
          ['alice@example.com', 'full'],
          ['ALICE@Example.com', 'readOnly'],
          ['alias@example.com', 'full'],
        ] as const) {
          const answer = await lookUp(server, name, address, { auth })
          t.equal(answer.status, 200, address)
          t.ok(urlsIn(answer).length > 0)
          for (const url of urlsIn(answer)) t.equal(url, EWS_URL)
          t.notMatch(answer.text, /S-1-5|corp\.example|alice lee|mail\.example/i)
          t.match(server.audit().at(-2), {
            type: 'decision',
            verdict: 'allow',
            operation: 'AutoDiscover',
            organizationId: ORGANIZATION,
            connectingSid: { kind: 'SmtpAddress', value: address },
            decisionId: answer.headers['x-decision-id'],
          })
          t.match(server.audit().at(-1), { type: 'outcome', status: 200, ended: 'complete' })
        }

        const refused = [
          ['nobody@example.com', 'full', 'unknown-user'],
          ['boss@example.com', 'full', 'rule-denies'],
          ['carol@example.com', 'readOnly', 'no-rule-allows'],
          [NEUTRAL, 'full', 'unknown-user'],
          [SERVICE, 'full', 'unknown-user'],
          ['alice', 'full', 'unknown-user'],
        ] as const
        const answers = []
        for (const [address, auth, reason] of refused) {
          answers.push(shown(await lookUp(server, name, address, { auth })))
          t.match(
            server.audit().at(-2),
            { verdict: 'deny', reason, operation: 'AutoDiscover' },
            address,
          )
        }
        const [status, text] = FORMS[name].notFound
        for (const answer of answers) t.strictSame([answer], answers.slice(0, 1), 'R2 no oracle')
        t.equal(answers[0]?.status, status)
        t.ok(answers[0]?.text.includes(text), `${answers[0]?.text}`)
        t.strictSame(server.sandbox.seen, [], 'the server is never asked')

        const path = FORMS[name].path.toUpperCase()
        const { query = '' } = FORMS[name].ask('bob@example.com') as { query?: string }
        const elsewhere = await lookUp(server, name, 'bob@example.com', { path: path + query })
        t.equal(elsewhere.status, 200, 'paths have no case')

        for (const auth of [null, { id: server.keys.full.id, secret: 'x' }, 'Bearer x'] as const) {
          const { status, headers, text } = await lookUp(server, name, 'alice@example.com', {
            auth,
          })
          t.equal(status, 401)
          t.match(
            String(headers['www-authenticate']),
            /^Basic realm="EWS", charset="UTF-8", Bearer/,
          )
          t.equal(text, '')
        }
      },
    )
  t.match(await server.metrics(), /requests_total\{[^}]*operation="AutoDiscover",verdict="allow"/)
})

t.test('Autodiscover rejects malformed requests, and is bounded', async t => {
  const server = await startGatewayTestServer(t, { config: { publicUrl } })
  const xml = '/autodiscover/autodiscover.xml'
  const svc = '/autodiscover/autodiscover.svc'
  const json = '/autodiscover/autodiscover.json'
  const alice = 'alice@example.com'
  const twice = '<EMailAddress>bob@example.com</EMailAddress><EMailAddress>'
  for (const [name, path, body, status, says] of [
    ['no XML', xml, 'alice', 200, '<ErrorCode>600</ErrorCode>'],
    ['nothing', xml, '', 200, '<ErrorCode>600</ErrorCode>'],
    ['a DTD', xml, `<!DOCTYPE a [<!ENTITY e "${alice}">]>${pox('&e;')}`, 200, '>600<'],
    ['a comment', xml, pox('alice<!-- -->@example.com'), 200, '>600<'],
    ['CDATA', xml, pox(`<![CDATA[${alice}]]>`), 200, '>600<'],
    ['elements in the address', xml, pox(`<b>${alice}</b>`), 200, '>600<'],
    ['two addresses', xml, pox(alice).replace('<EMailAddress>', twice), 200, '>600<'],
    ['no address', xml, pox(''), 200, '>600<'],
    ['ActiveSync', xml, pox(alice, `${BASE}/mobilesync/responseschema/2006`), 200, '>600<'],
    ['another root', xml, soap(users(alice)), 200, '>600<'],
    ['another namespace', xml, pox(alice).replace('requestschema', 'other'), 200, '>600<'],
    [
      '16 KiB and more',
      xml,
      pox(alice) + ' '.repeat(16_384),
      413,
      'exceeds the limit of 16384 bytes',
    ],
    [
      'another operation',
      svc,
      soap(users(alice)).replaceAll('UserSettings', 'DomainSettings'),
      200,
      '>InvalidRequest<',
    ],
    ['two users', svc, soap(users(alice, 'bob@example.com')), 200, '>InvalidRequest<'],
    ['no user', svc, soap(''), 200, '>InvalidRequest<'],
    ['EWS', svc, '<a/>', 200, '>InvalidRequest<'],
    ['no protocol', `${json}?Email=${alice}`, undefined, 400, 'Protocol must be Ews'],
    ['ActiveSync', `${json}?Email=${alice}&Protocol=ActiveSync`, undefined, 400, 'Protocol'],
    [
      'two protocols',
      `${json}?Email=${alice}&Protocol=Ews&protocol=Ews`,
      undefined,
      400,
      'Protocol',
    ],
    [
      'two addresses',
      `${json}/v1.0/${alice}?Email=${alice}&Protocol=Ews`,
      undefined,
      400,
      'one address',
    ],
    ['no address', `${json}?Protocol=Ews`, undefined, 400, 'one address'],
    ['a broken address', `${json}/v1.0/%ff?Protocol=Ews`, undefined, 400, 'encoded'],
    ['a longer path', `${json}/v1.0/${alice}/owa?Protocol=Ews`, undefined, 404, 'Not found'],
    ['another path', `${json}/../autodiscover.json?Protocol=Ews`, undefined, 404, 'Not found'],
    ['a query', `${xml}?a`, pox(alice), 404, 'Not found'],
    ['GET of XML', xml, undefined, 404, 'Not found'],
  ] as const) {
    const method = body === undefined ? 'GET' : 'POST'
    const answer = await server.post(body ?? '', { method, path })
    t.equal(answer.status, status, name)
    t.ok(answer.text.includes(says), `${name}: ${answer.text}`)
    t.strictSame(urlsIn(answer), [], name)
  }
  const coded = await server.post(pox(alice), {
    path: xml,
    headers: { 'Content-Type': 'text/xml; charset=utf-16' },
  })
  t.match(coded.text, '<ErrorCode>600</ErrorCode>')
  const chunked = { 'Transfer-Encoding': 'chunked' }
  const long = await server.post(pox(alice) + ' '.repeat(16_384), { path: xml, headers: chunked })
  t.equal(long.status, 413)
  t.strictSame(server.sandbox.seen, [])
})

t.test('Autodiscover returns a reference, and only the requested settings', async t => {
  const server = await startGatewayTestServer(t)
  const ask = (body: string) => server.post(body, { path: '/autodiscover/autodiscover.svc' })
  const referred = await ask(soap(users(' &#97;lice&#x40;example.com\n')))
  t.match(referred.text, server.url, 'without publicUrl, as this request came')
  t.notMatch(referred.text, 'UserDisplayName')
  const { Envelope } = new XMLParser({ removeNSPrefix: true }).parse(
    (await ask(soap(users('alice@example.com'), ['ExternalEwsUrl', 'ExternalEwsUrl']))).text,
  )
  const { UserResponse } = Envelope.Body.GetUserSettingsResponseMessage.Response.UserResponses
  t.strictSame(UserResponse.UserSettings, {
    UserSetting: { Name: 'ExternalEwsUrl', Value: server.url },
  })
  const echo = await ask(soap(users('BOSS@example.com'), ['AutoDiscoverSMTPAddress']))
  t.notMatch(echo.text, 'BOSS@example.com', 'not even the address of a denied user')
  const alias = await ask(soap(users('ALIAS@example.com'), ['AutoDiscoverSMTPAddress']))
  t.match(alias.text, '<a:Value>ALIAS@example.com</a:Value>', 'as it came: aliases tell no primary')
  t.notMatch(alias.text, 'user@example.com')
  const none = await ask(soap(users('alice@example.com'), []))
  t.match(none.text, /NoError.*<a:UserSettings>?/)
  t.strictSame(urlsIn(none), [])
  const odd = await server.post(soap(users('alice@example.com')), {
    path: '/autodiscover/autodiscover.svc',
    headers: { Host: 'a b' },
  })
  t.match(odd.text, 'InvalidRequest', 'a Host that is none')
})

t.test('Autodiscover is decided like EWS, by its own access control action', async t => {
  const server = await startGatewayTestServer(t)
  const { store } = server
  const { role } = server.client(FULL.name)
  const ask = (auth: 'full' | 'readOnly' = 'full') =>
    lookUp(server, 'JSON', 'alice@example.com', { auth })
  const put = (actions: readonly ('EWS' | 'AutoDiscover')[]) =>
    store.putAccessControlRule(ORGANIZATION, {
      name: 'Default',
      effect: 'ALLOW',
      description: '',
      actions,
    })
  await put(['EWS'])
  t.equal((await ask()).status, 404)
  t.match(server.audit().at(-2), { reason: 'access-control-denies' })
  await put(['AutoDiscover'])
  t.equal((await ask()).status, 200)
  await store.lockRole(ORGANIZATION, role.id, { message: 'Closed' })
  const locked = await ask()
  t.match(locked, { status: 404, text: /UserNotFound/ })
  t.notMatch(locked.text, 'Closed')
  await store.deleteRole(ORGANIZATION, server.client(READ_ONLY.name).role.id)
  t.match(await ask('readOnly'), { status: 404, text: /UserNotFound/ })
  t.match(server.audit().at(-2), { verdict: 'deny', reason: 'role-unknown' })
})

t.test('a client that expects 100 Continue gets it before it sends its document', async t => {
  const server = await startGatewayTestServer(t)
  const wire = new Wire(server.socket())
  const body = pox('alice@example.com')
  const head = [
    `POST ${FORMS.POX.path} HTTP/1.1`,
    'Host: ews.example.com',
    `Authorization: ${server.authorization('full')}`,
    'Content-Type: text/xml; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Expect: 100-continue',
  ]
  await wire.send(`${head.join('\r\n')}\r\n\r\n`)
  await until('it may send', () => wire.text === 'HTTP/1.1 100 Continue\r\n\r\n')
  wire.text = ''
  await wire.send(body)
  t.equal((await wire.answer()).status, 200)
})
