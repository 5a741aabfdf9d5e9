import t from 'tap'
import {
  as,
  call,
  envelope,
  getFolder,
  MESSAGES,
  post,
  SOAP,
  startSandbox,
  TYPES,
} from './client.ts'

const sandbox = await startSandbox()
t.teardown(() => sandbox.close())

const header = (inside: string, attributes = '') =>
  `<t:ExchangeImpersonation${attributes}>${inside}</t:ExchangeImpersonation>`
const sid = (inside: string) => header(`<t:ConnectingSID>${inside}</t:ConnectingSID>`)
const ACTOR = `s:actor="urn:somebody-else"`

for (const [name, given, actor] of [
  ['runs as the service account without a header', '', 'svc@example.com'],
  ['knows a primary address', as('alice@example.com'), 'alice@example.com'],
  ['compares addresses without case', as('ALICE@Example.com'), 'alice@example.com'],
  ['knows an alias as SmtpAddress', as('boss@example.com', 'SmtpAddress'), 'ceo@example.com'],
  ['knows a UPN', as('bob@corp.example.com', 'PrincipalName'), 'bob@example.com'],
  ['knows a SID', as('S-1-5-21-1-2-3-1103', 'SID'), 'carol@example.com'],
  [
    'does not see a header for another actor',
    as('bob@example.com').replace('Impersonation>', `Impersonation ${ACTOR}>`),
    'svc@example.com',
  ],
  [
    'does not see a header in another namespace',
    '<x:ExchangeImpersonation xmlns:x="urn:x"><x:ConnectingSID><x:SmtpAddress>bob@example.com</x:SmtpAddress></x:ConnectingSID></x:ExchangeImpersonation>',
    'svc@example.com',
  ],
  [
    'sees one of two headers when the other is for another actor',
    header(
      '<t:ConnectingSID><t:SmtpAddress>ceo@example.com</t:SmtpAddress></t:ConnectingSID>',
      ` ${ACTOR}`,
    ) + as('bob@example.com'),
    'bob@example.com',
  ],
] as const) {
  t.test(`actorFor() ${name}`, async t => {
    const { status } = await post(sandbox, envelope(getFolder(), given))
    t.equal(status, 200)
    t.equal(sandbox.executed.at(-1)?.as, actor)
  })
}

for (const [name, given, code] of [
  [
    'two headers',
    as('bob@example.com') + as('alice@example.com'),
    'ErrorMoreThanOneAccessModeSpecified',
  ],
  [
    'two children',
    sid(
      '<t:SmtpAddress>bob@example.com</t:SmtpAddress><t:SmtpAddress>alice@example.com</t:SmtpAddress>',
    ),
    'ErrorSchemaValidation',
  ],
  ['no child', sid(''), 'ErrorInvalidExchangeImpersonationHeaderData'],
  ['an empty header', header(''), 'ErrorInvalidExchangeImpersonationHeaderData'],
  ['an empty value', sid('<t:SmtpAddress/>'), 'ErrorInvalidExchangeImpersonationHeaderData'],
  ['an unknown address', as('nobody@example.com'), 'ErrorNonExistentMailbox'],
  ['an address with a blank', as(' alice@example.com'), 'ErrorNonExistentMailbox'],
  ['an alias as primary address', as('boss@example.com'), 'ErrorNonPrimarySmtpAddress'],
  ['an unknown UPN', as('alice@example.com', 'PrincipalName'), 'ErrorInvalidUserPrincipalName'],
  ['an unknown SID', as('S-1-5-18', 'SID'), 'ErrorInvalidUserSid'],
] as const) {
  t.test(`readImpersonation() rejects ${name}`, async t => {
    const before = sandbox.executed.length
    const { status, codes } = await post(sandbox, envelope(getFolder(), given))
    t.equal(status, 500)
    t.strictSame(codes, [code])
    t.equal(sandbox.executed.length, before, 'nothing was run')
  })
}

const frame = (inside: string) =>
  `<s:Envelope xmlns:s="${SOAP}" xmlns:m="${MESSAGES}" xmlns:t="${TYPES}">${inside}</s:Envelope>`
const body = `<s:Body>${getFolder()}</s:Body>`
const good = envelope(getFolder(), as('bob@example.com'))

for (const [name, bytes] of [
  ['a Header after the Body', frame(`${body}<s:Header>${as('bob@example.com')}</s:Header>`)],
  ['two Headers', frame(`<s:Header/><s:Header/>${body}`)],
  ['two Bodies', frame(`<s:Header/>${body}${body}`)],
  ['an empty Body', frame('<s:Header/><s:Body/>')],
  ['a DTD', `<!DOCTYPE x>${good}`],
  ['an entity of its own', good.replace('bob@', '&bob;@')],
  ['a processing instruction', good.replace('<s:Body>', '<s:Body><?x y?>')],
  ['UTF-16', Buffer.from(good, 'utf16le')],
  ['Latin-1', Buffer.from(good.replace('inbox', 'ïnbox'), 'latin1')],
  ['another encoding by name', `<?xml version="1.0" encoding="iso-8859-1"?>${good}`],
  ['a second document', good + good],
  ['text behind the envelope', `${good}x`],
  ['an unclosed element', good.replace('</m:GetFolder>', '')],
  ['an undeclared prefix', good.replace('<m:FolderIds>', '<x:y/><m:FolderIds>')],
  ['a repeated attribute', good.replace('Id="inbox"', 'Id="inbox" Id="drafts"')],
  ['a bare ampersand', good.replace('inbox', 'in&box')],
  [
    'the operation in another namespace',
    good.replace('<m:GetFolder>', '<m:GetFolder xmlns:m="urn:x">'),
  ],
  ['SOAP 1.2', good.replaceAll(SOAP, 'http://www.w3.org/2003/05/soap-envelope')],
  ['an unknown operation', envelope('<m:FindEverything/>')],
  ['an unknown version', envelope(getFolder(), '<t:RequestServerVersion Version="Exchange2099"/>')],
] as const) {
  t.test(`readRequest() rejects ${name}`, async t => {
    const before = sandbox.executed.length
    const { status, codes, text } = await post(sandbox, bytes)
    t.equal(status, 500)
    t.strictSame(codes, ['ErrorInvalidRequest'])
    t.match(text, /^<\?xml version="1.0" encoding="utf-8"\?><s:Envelope .*<faultcode/)
    t.equal(sandbox.executed.length, before, 'nothing was run')
  })
}

t.test('readRequest() accepts other spellings', async t => {
  const odd = `\ufeff<?xml version='1.0' encoding='UTF-8'?>\n<!-- c -->${good}`
    .replace(/<(\/?)s:/g, '<$1SOAP-ENV:')
    .replace('xmlns:s=', 'xmlns:SOAP-ENV=')
    .replace('bob@', '<![CDATA[b]]>&#111;&#x62;@')
  const { status } = await post(sandbox, odd)
  t.equal(status, 200)
  t.equal(sandbox.executed.at(-1)?.as, 'bob@example.com')
})

t.test('findFolder() hides the mailboxes of others', async t => {
  const other = getFolder(
    'inbox',
    '<t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox>',
  )
  t.strictSame((await call(sandbox, 'alice@example.com', other)).codes, ['ErrorFolderNotFound'])
  t.strictSame((await post(sandbox, envelope(other))).codes, ['ErrorFolderNotFound'])
  t.strictSame((await call(sandbox, 'bob@example.com', other)).codes, ['NoError'])

  const delegated = await startSandbox({
    delegations: [{ owner: 'bob@example.com', delegate: 'alice@example.com' }],
  })
  t.teardown(() => delegated.close())
  t.strictSame((await call(delegated, 'alice@example.com', other)).codes, ['NoError'])
  t.strictSame((await call(delegated, 'carol@example.com', other)).codes, ['ErrorFolderNotFound'])
})
