import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { until } from '../kit/until.ts'
import { countCalls } from '../kit/work.ts'
import {
  AUTHORIZATION,
  as,
  attribute,
  call,
  createItem,
  envelope,
  findItem,
  getFolder,
  post,
  startSandbox,
  texts,
} from './client.ts'

/** URL of the sandbox's files. */
const SANDBOX_FILES = new URL('../../sandbox/', import.meta.url).href
const ALICE = 'alice@example.com'
const sandbox = await startSandbox()
t.teardown(() => sandbox.close())

const get = (
  path: string,
  headers: Readonly<Record<string, string>> = { authorization: AUTHORIZATION },
) => fetch(new URL(path, sandbox.url), { headers })

t.test('Sandbox requires Basic authentication of the service account', async t => {
  for (const authorization of [
    undefined,
    'Basic',
    'Bearer x.y.z',
    `Basic ${Buffer.from('svc:wrong').toString('base64')}`,
    `Basic ${Buffer.from('alice@example.com:pw:secret').toString('base64')}`,
  ]) {
    const before = sandbox.executed.length
    const response = await fetch(sandbox.url, {
      method: 'POST',
      headers: { 'content-type': 'text/xml', ...(authorization && { authorization }) },
      body: envelope(getFolder(), as(ALICE)),
    })
    t.equal(response.status, 401)
    t.equal(response.headers.get('www-authenticate'), 'Basic realm="127.0.0.1"')
    t.not(response.headers.get('connection'), 'close')
    await response.arrayBuffer()
    t.equal(sandbox.executed.length, before)
  }
  t.equal((await get('/EWS/Exchange.asmx', {})).status, 401)
  t.equal((await get('/EWS/Services.wsdl', {})).status, 401)
})

t.test('Sandbox serves its paths without regard to case, and no others', async t => {
  const post = (path: string) =>
    fetch(new URL(path, sandbox.url), {
      method: 'POST',
      headers: { authorization: AUTHORIZATION, 'content-type': 'text/xml' },
      body: envelope(getFolder(), as(ALICE)),
    }).then(async response => {
      await response.arrayBuffer()
      return response.status
    })
  t.equal(await post('/ews/EXCHANGE.asmx'), 200)
  t.equal(await post('/EWS/mrsproxy.svc'), 404)
  t.equal(await post('/EWS/Exchange.asmx/s/GetUserPhoto'), 404)
  t.equal(await post('/EWS/Services.wsdl'), 405)
  t.equal((await get('/owa/')).status, 404)
  const page = await get('/ews/exchange.asmx')
  t.equal(page.status, 200)
  t.match(await page.text(), /^<html>/)
})

t.test('Sandbox serves a WSDL that points at itself', async t => {
  for (const path of ['/EWS/Services.wsdl', '/ews/messages.xsd', '/ews/types.xsd']) {
    const response = await get(path)
    const text = await response.text()
    t.equal(response.status, 200, path)
    t.equal(XMLValidator.validate(text), true, `${path} is well-formed`)
    if (path.endsWith('wsdl')) t.match(text, `<soap:address location="${sandbox.url}"/>`)
  }
})

t.test('Sandbox accepts only text/xml in UTF-8', async t => {
  const sent = envelope(getFolder(), as(ALICE))
  for (const [type, status] of [
    ['text/xml', 200],
    ['text/xml; charset=utf-8', 200],
    ['TEXT/XML; charset="UTF-8"', 200],
    ['text/xml; charset=utf-16', 415],
    ['application/soap+xml', 415],
    ['multipart/related', 415],
  ] as const) {
    t.equal((await post(sandbox, sent, { 'content-type': type })).status, status, type)
  }
})

t.test('Sandbox answers like Exchange: type, cookies, topology', async t => {
  const reply = await post(sandbox, envelope(getFolder(), as(ALICE)), {
    'x-preferserveraffinity': 'true',
  })
  t.equal(reply.headers.get('content-type'), 'text/xml; charset=utf-8')
  t.match(
    reply.headers.get('set-cookie'),
    /exchangecookie=[0-9a-f]{32}; .*X-BackEndOverrideCookie=/,
  )
  t.ok(reply.headers.get('x-feserver'))
  t.match(reply.text, /<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" /)
  const again = await post(sandbox, envelope(getFolder(), as(ALICE)), {
    cookie: 'exchangecookie=1',
  })
  t.equal(again.headers.get('set-cookie'), null)
})

t.test('Sandbox keeps the requests that it received', async t => {
  const small = await startSandbox({ keepSeen: 2 })
  const none = await startSandbox({ keepSeen: 0 })
  t.teardown(() => Promise.all([small.close(), none.close()]))
  const sent = envelope(getFolder(), as('boss@example.com', 'SmtpAddress'))
  for (const sandbox of [small, none])
    for (const _ of [1, 2, 3]) await post(sandbox, sent, { 'x-anchormailbox': 'x@y' })
  t.equal(none.seen.length + none.executed.length, 0)
  t.equal(small.executed.length, 2)
  t.strictSame(
    small.seen.map(({ operation }) => operation),
    ['GetFolder', 'GetFolder'],
  )
  t.match(small.seen[0], {
    method: 'POST',
    path: '/EWS/Exchange.asmx',
    impersonated: 'ceo@example.com',
    impersonationHeaders: 1,
    body: sent,
    bytes: sent.length,
    complete: true,
    headers: { 'x-anchormailbox': 'x@y' },
  })
  small.forget()
  t.equal(small.seen.length + small.executed.length, 0)
  const double = `<q:exchangeimpersonation/>${as(ALICE)}`
  await post(
    small,
    envelope(getFolder(), double.replace('<q:', '<q:').replace('/>', ' xmlns:q="urn:q"/>')),
  )
  t.equal(small.seen[0]?.impersonationHeaders, 2, 'counted by name, whatever the namespace or case')
})

t.test('Sandbox names an operation by its operation, not its request element', async t => {
  await call(
    sandbox,
    ALICE,
    `<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>${ALICE}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>`,
  )
  t.equal(sandbox.executed.at(-1)?.operation, 'GetUserOofSettings')
})

t.test('Sandbox transfers 4 MB up and down, byte for byte', async t => {
  const content = Buffer.alloc(4 * 1024 * 1024)
  for (let at = 0; at < content.length; at += 4) content.writeInt32LE((at * 2_654_435_761) | 0, at)
  const file = `<t:FileAttachment><t:Name>big</t:Name><t:Content>${content.toString('base64')}</t:Content></t:FileAttachment>`
  const created = await call(
    sandbox,
    ALICE,
    createItem(
      `<t:Message><t:Subject>Big</t:Subject><t:Attachments>${file}</t:Attachments></t:Message>`,
    ),
  )
  t.strictSame(created.codes, ['NoError'])
  const item = `<m:ItemIds><t:ItemId Id="${attribute(created, 'ItemId', 'Id')}"/></m:ItemIds>`
  const got = await call(
    sandbox,
    ALICE,
    `<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>${item}</m:GetItem>`,
  )
  const id = attribute(got, 'AttachmentId', 'Id')
  const down = await call(
    sandbox,
    ALICE,
    `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`,
  )
  t.ok(content.equals(Buffer.from(texts(down, 'Content')[0] ?? '', 'base64')))
  const exported = await call(sandbox, ALICE, `<m:ExportItems>${item}</m:ExportItems>`)
  const [data = ''] = texts(exported, 'Data')
  const folder = attribute(await call(sandbox, 'bob@example.com', getFolder()), 'FolderId', 'Id')
  const uploaded = await call(
    sandbox,
    'bob@example.com',
    `<m:UploadItems><m:Items><t:Item CreateAction="CreateNew"><t:ParentFolderId Id="${folder}"/><t:Data>${data}</t:Data></t:Item></m:Items></m:UploadItems>`,
  )
  t.strictSame(uploaded.codes, ['NoError'])
  t.ok(
    sandbox
      .mailbox('bob@example.com')
      .files()
      .some(file => file.equals(content)),
  )
})

t.test('FindItem takes the same work for each item, however many there are', async t => {
  const inbox = sandbox.mailbox('carol@example.com')
  const shape =
    '<t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/>' +
    '<t:FieldURI FieldURI="item:DateTimeReceived"/><t:FieldURI FieldURI="message:From"/>' +
    '</t:AdditionalProperties>'
  const request = findItem('inbox', '').replace('</m:ItemShape>', `${shape}</m:ItemShape>`)
  const workFor = async (count: number) => {
    while (inbox.count('inbox') < count) inbox.deliver({ subject: 'Mail', body: 'x' })
    return await countCalls(SANDBOX_FILES, () => call(sandbox, 'carol@example.com', request))
  }
  const [some, more] = [await workFor(200), await workFor(300)]
  const each = (more - some) / 100
  t.ok(each < 100, `${each} calls of functions for each of the next 100 items`)
})

t.test('Sandbox does not grow with thousands of requests', async t => {
  const worker = new Worker(new URL('counted-sandbox.ts', import.meta.url))
  t.teardown(() => worker.terminate())
  const [url] = (await once(worker, 'message')) as [string]
  const requests = [
    envelope(getFolder(), as(ALICE)),
    envelope('<m:FindEverything/>', as(ALICE)),
    envelope(getFolder(), as('nobody@example.com')),
    envelope(findItem(), as('neutral@example.com')),
  ].map(
    body =>
      `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTHORIZATION}\r\n` +
      `Content-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  /** On a connection of its own, because the sandbox ends one that is idle while objects are counted. */
  const round = async (count: number) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let answers = 0
    let tail = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      const parts = (tail + text).split('HTTP/1.1 ')
      answers += parts.length - 1
      // A status line may come in two chunks.
      tail = parts.at(-1)?.slice(-8) ?? ''
    })
    for (const end = answers + count; answers < end; ) {
      const next = answers + requests.length * 10
      socket.write(requests.join('').repeat(10))
      await until('the next answers', () => answers >= next)
    }
    socket.destroy()
    worker.postMessage('count')
    const [objects] = (await once(worker, 'message')) as [number]
    return objects
  }
  const before = await round(100)
  const growth = (await round(300)) - before
  t.ok(growth < 100, `${growth} objects are left`)
})
