/**
 * The Header of a request: what is read from it, and the reason for which it is rejected.
 */

import t from 'tap'
import { readEnvelope } from '../../src/ews/reader.ts'
import { rebuildHead, rebuildTail } from '../../src/ews/rebuild.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'

const ANN = 'ann@example.com'
const NAMESPACES = `xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"`
const envelope = (content: string) => `<s:Envelope ${NAMESPACES}>${content}</s:Envelope>`
const BODY = '<s:Body><m:GetFolder/></s:Body>'
const withHeader = (content: string) => envelope(`<s:Header>${content}</s:Header>${BODY}`)

/** The headers that are read; a reason if they are rejected. */
function headersOf(text: string): object | string {
  try {
    const { prologue } = readEnvelope(Buffer.from(text))
    const { envelope: _, body: __, requestElement: ___, length: ____, ...headers } = prologue
    return headers
  } catch (error) {
    return (error as { reason: string }).reason
  }
}

const act = (content: string, attributes = '') =>
  `<t:ExchangeImpersonation${attributes}>${content}</t:ExchangeImpersonation>`
const sid = (content: string, attributes = '') =>
  `<t:ConnectingSID${attributes}>${content}</t:ConnectingSID>`
const name = (value: string, kind = 'PrimarySmtpAddress') => `<t:${kind}>${value}</t:${kind}>`
const as = (value: string, kind = 'PrimarySmtpAddress') => ({ connectingSid: { kind, value } })
const version = (value: string) => `<t:RequestServerVersion Version="${value}"/>`
const culture = (value: string) => `<t:MailboxCulture>${value}</t:MailboxCulture>`
const precision = (value: string) => `<t:DateTimePrecision>${value}</t:DateTimePrecision>`
const zone = (content: string) => `<t:TimeZoneContext>${content}</t:TimeZoneContext>`
const definition = (content: string, attributes = ' Id="UTC"') =>
  zone(`<t:TimeZoneDefinition${attributes}>${content}</t:TimeZoneDefinition>`)
const written = (content: string) => ({
  timeZoneContext: `<TimeZoneContext xmlns="${TYPES_NS}">${content}</TimeZoneContext>`,
})

const MISSING = 'impersonation-missing'
const AMBIGUOUS = 'impersonation-ambiguous'
const REFUSED = 'header-refused'
const MALFORMED = 'envelope-malformed'
const USER = act(sid(name(ANN)))

for (const [what, header, expected] of [
  ['no header', '', {}],
  ['a user', USER, as(ANN)],
  ['blanks around', act(` ${sid(`\n${name(ANN)} `)}\t`), as(ANN)],
  ...['PrincipalName', 'SID', 'SmtpAddress'].map(
    kind => [kind, act(sid(name(ANN, kind))), as(ANN, kind)] as const,
  ),
  ['blanks in the name', act(sid(name(` ${ANN} `))), as(` ${ANN} `)],
  ['references in the name', act(sid(name('&#97;nn&amp;'))), as('ann&')],
  ['nothing', act(''), MISSING],
  ['no name', act(sid('')), MISSING],
  ['an empty name', act(sid(name(''))), MISSING],
  ['a name of another kind', act(sid(name(ANN, 'EmailAddress'))), AMBIGUOUS],
  ['a kind in small letters', act(sid(name(ANN, 'sid'))), AMBIGUOUS],
  ['a kind in another namespace', act(sid(`<m:SID>${ANN}</m:SID>`)), AMBIGUOUS],
  [
    'a ConnectingSID in another namespace',
    act(`<m:ConnectingSID>${name(ANN)}</m:ConnectingSID>`),
    AMBIGUOUS,
  ],
  ['another element for ConnectingSID', act(name(ANN)), AMBIGUOUS],
  ['a ConnectingSID in itself', act(sid(sid(name(ANN)))), AMBIGUOUS],
  ['two names', act(sid(name(ANN) + name(ANN))), AMBIGUOUS],
  ['two kinds', act(sid(name(ANN) + name(ANN, 'SID'))), AMBIGUOUS],
  ['an empty name before a name', act(sid(name('') + name(ANN))), AMBIGUOUS],
  ['an empty ConnectingSID before one', act(sid('') + sid(name(ANN))), AMBIGUOUS],
  ['an empty ConnectingSID behind one', act(sid(name(ANN)) + sid('')), AMBIGUOUS],
  ['two headers', USER + USER, AMBIGUOUS],
  ['an element in a name', act(sid(name(`${ANN}<t:x/>`))), AMBIGUOUS],
  ['text before ConnectingSID', act(`x${sid(name(ANN))}`), AMBIGUOUS],
  ['text behind ConnectingSID', act(`${sid(name(ANN))}x`), AMBIGUOUS],
  ['text before a name', act(sid(`x${name(ANN)}`)), AMBIGUOUS],
  ['text behind a name', act(sid(`${name(ANN)}x`)), AMBIGUOUS],
  ['text alone', act(ANN), AMBIGUOUS],
  ['a CDATA section', act(sid(name(`<![CDATA[${ANN}]]>`))), AMBIGUOUS],
  ['a comment', act(sid(name(`ann<!-- -->@example.com`))), AMBIGUOUS],
  ['an attribute', act(sid(name(ANN)), ' x="1"'), AMBIGUOUS],
  ['an attribute of ConnectingSID', act(sid(name(ANN), ' x="1"')), AMBIGUOUS],
  ['an attribute of the name', act(sid(`<t:SID x="1">${ANN}</t:SID>`)), AMBIGUOUS],
  ...['actor', 'role', 'mustUnderstand'].flatMap(attribute => [
    [attribute, act(sid(name(ANN)), ` ${attribute}="1"`), REFUSED] as const,
    [`SOAP's ${attribute}`, act(sid(name(ANN)), ` s:${attribute}="1"`), REFUSED] as const,
    [`${attribute} behind another`, act(sid(name(ANN)), ` x="" ${attribute}=""`), REFUSED] as const,
  ]),

  ['a version', version('Exchange2016'), { requestServerVersion: 'Exchange2016' }],
  ['another version', version('V2017_07_11'), { requestServerVersion: 'V2017_07_11' }],
  [
    'blanks in a version',
    version('V1_2').replace('/>', '> </t:RequestServerVersion>'),
    { requestServerVersion: 'V1_2' },
  ],
  ['an unknown version', version('Exchange'), REFUSED],
  ['text in a version', version('V1_2').replace('/>', '>x</t:RequestServerVersion>'), REFUSED],
  [
    'an element in a version',
    version('V1_2').replace('/>', '><t:x Version="V1_2"/></t:RequestServerVersion>'),
    REFUSED,
  ],
  ['a version without a value', '<t:RequestServerVersion/>', REFUSED],
  ['a second attribute of a version', version('V1_2').replace('/>', ' x=""/>'), REFUSED],
  ['two versions', version('V1_2').repeat(2), REFUSED],
  ['a culture', culture('en-US'), { mailboxCulture: 'en-US' }],
  ['an attribute of a culture', culture('en-US').replace('>', ' x="">'), REFUSED],
  ['an element in a culture', culture('<t:x/>en'), REFUSED],
  ['an element that is a culture', culture('<t:MailboxCulture>en</t:MailboxCulture>'), REFUSED],
  ['an empty culture', culture(''), REFUSED],
  ['a precision', precision('Seconds'), { dateTimePrecision: 'Seconds' }],
  ['another precision', precision('Milliseconds'), { dateTimePrecision: 'Milliseconds' }],
  ['an unknown precision', precision('Minutes'), REFUSED],
  ['two cultures', culture('en').repeat(2), REFUSED],
  [
    'a user, a culture, and a precision',
    USER + culture('en') + precision('Seconds'),
    {
      ...as(ANN),
      mailboxCulture: 'en',
      dateTimePrecision: 'Seconds',
    },
  ],

  ['a time zone', definition(''), written('<TimeZoneDefinition Id="UTC"></TimeZoneDefinition>')],
  [
    'a time zone with a transition',
    definition(
      '<t:Transitions> <t:Transition><t:To Kind="Group">0&amp;1</t:To></t:Transition></t:Transitions>',
      ' Name="a&quot;b" Id="x"',
    ),
    written(
      '<TimeZoneDefinition Name="a&quot;b" Id="x"><Transitions><Transition><To Kind="Group">0&amp;1</To>' +
        '</Transition></Transitions></TimeZoneDefinition>',
    ),
  ],
  ...['To', 'DateTime', 'TimeOffset', 'Month', 'Day', 'DayOfWeek', 'Occurrence'].flatMap(leaf => [
    [
      `the text of ${leaf}`,
      zone(`<t:${leaf}>1</t:${leaf}>`),
      written(`<${leaf}>1</${leaf}>`),
    ] as const,
    [`an element in ${leaf}`, zone(`<t:${leaf}><t:To>1</t:To></t:${leaf}>`), REFUSED] as const,
  ]),
  ['a time zone in a time zone', zone(zone('')), REFUSED],
  ['an unknown element of a time zone', zone('<t:x/>'), REFUSED],
  ['an element of a time zone in another namespace', zone('<m:Periods/>'), REFUSED],
  ['an unknown attribute of a time zone', definition('', ' Idx="UTC"'), REFUSED],
  ['an attribute of another element of a time zone', definition('', ' Kind="UTC"'), REFUSED],
  ['text in a time zone', definition('x'), REFUSED],
  ['an element in a leaf of a time zone', definition('<t:To>0<t:To>1</t:To></t:To>'), REFUSED],
  ['a CDATA section in a time zone', definition('<t:To><![CDATA[0]]></t:To>'), REFUSED],
  ['a comment in a time zone', definition('<!-- -->'), REFUSED],

  ['an unknown header', '<t:OpenAsAdminOrSystemService/>', REFUSED],
  ['a header in another namespace', '<m:MailboxCulture>en</m:MailboxCulture>', REFUSED],
  ['an impersonation in another namespace', USER.replaceAll('t:', 'm:'), REFUSED],
  ['text between headers', `${USER}x`, MALFORMED],
  ['a reference between headers', `${USER}&#32;`, MALFORMED],
  ['a CDATA section between headers', `<![CDATA[ ]]>${USER}`, MALFORMED],
  ['a comment between headers', `<!-- -->${USER}`, as(ANN)],
] as const satisfies readonly (readonly [string, string, object | string])[])
  t.strictSame(headersOf(withHeader(header)), expected, `HeaderReader: ${what}`)

for (const [inner, what] of [
  ['<!-- -->', 'a comment'],
  ['<![CDATA[x]]>', 'a CDATA section'],
] as const)
  t.throws(
    () => readEnvelope(Buffer.from(withHeader(version('V1_2') + USER + culture(inner)))),
    { name: 'Failure', message: `the header MailboxCulture has ${what}` },
    `HeaderReader names the header that has ${what}`,
  )

const HEADER = `<s:Header>${USER}</s:Header>`
for (const [what, text, expected] of [
  ['no Header', envelope(BODY), {}],
  ['a Header', envelope(HEADER + BODY), as(ANN)],
  ['two Headers', envelope(HEADER + HEADER + BODY), MALFORMED],
  ['an empty Header before one', envelope(`<s:Header/>${HEADER}${BODY}`), MALFORMED],
  ['a Header behind the Body', envelope(BODY + HEADER), MALFORMED],
  ['no Body', envelope(HEADER), MALFORMED],
  ['an empty Body', envelope(`${HEADER}<s:Body/>`), MALFORMED],
  ['two Bodies', envelope(HEADER + BODY + BODY), MALFORMED],
  ['another element for the Body', envelope(`${HEADER}<s:Part/>${BODY}`), MALFORMED],
  ['a Body in another namespace', envelope(BODY.replaceAll('s:', 't:')), MALFORMED],
  ['a Header in another namespace', envelope(HEADER.replaceAll('s:', 't:') + BODY), MALFORMED],
  ['another element for the Envelope', envelope(BODY).replaceAll('Envelope', 'Other'), MALFORMED],
  ['an attribute of the Envelope', envelope(BODY).replace(' xmlns', ' x="" xmlns'), MALFORMED],
  ['an attribute of the Header', envelope(HEADER.replace('>', ' x="">') + BODY), MALFORMED],
  ['an attribute of the Body', envelope(BODY.replace('>', ' x="">')), MALFORMED],
  ['an operation in another namespace', envelope(BODY.replace('m:', 't:')), 'operation-unknown'],
] as const)
  t.strictSame(headersOf(text), expected, `PrologueReader: ${what}`)

t.test('rebuildHead() writes what was read, and the user of the directory', async t => {
  const declared = `<x:Envelope xmlns:x="${SOAP_NS}" xmlns="${MESSAGES_NS}" xmlns:q="urn:&amp;&quot;">`
  const body = `<x:Body xmlns:t="${TYPES_NS}">`
  const headers = USER + version('V1_2') + culture('en') + precision('Seconds') + definition('')
  const head = `<x:Header xmlns:t="${TYPES_NS}">${headers}</x:Header>`
  const { prologue } = readEnvelope(
    Buffer.from(`${declared}${head}${body}<GetFolder/></x:Body></x:Envelope>`),
  )
  const own = (element: string, content: string) =>
    `<${element} xmlns="${TYPES_NS}">${content}</${element}>`
  t.equal(
    Buffer.from(rebuildHead(prologue, 'a&b@example.com')).toString(),
    `<?xml version="1.0" encoding="utf-8"?>${declared}<x:Header>` +
      `<RequestServerVersion xmlns="${TYPES_NS}" Version="V1_2"/>` +
      own('TimeZoneContext', '<TimeZoneDefinition Id="UTC"></TimeZoneDefinition>') +
      own('MailboxCulture', 'en') +
      own('DateTimePrecision', 'Seconds') +
      own(
        'ExchangeImpersonation',
        '<ConnectingSID><PrimarySmtpAddress>a&amp;b@example.com</PrimarySmtpAddress></ConnectingSID>',
      ) +
      `</x:Header>${body}`,
  )
  const tags = '</x:Body></x:Envelope>'
  t.equal(Buffer.from(rebuildTail(prologue, tags.length)).toString(), tags)
  t.equal(
    Buffer.from(rebuildTail(prologue, tags.length + 2)).toString(),
    tags.replace('><', '>  <'),
  )
  t.throws(() => rebuildTail(prologue, tags.length - 1), RangeError)
})

t.test('rebuildHead() writes only the user for a request without headers', async t => {
  const plain = `<Envelope xmlns="${SOAP_NS}"><Body>`
  const { prologue } = readEnvelope(
    Buffer.from(`${plain}<GetFolder xmlns="${MESSAGES_NS}"/></Body></Envelope>`),
  )
  // More start tags than are kept.
  for (let n = 0; n < 20; n++) {
    const name = `e${n}:Envelope`
    const other = { ...prologue, envelope: { name, namespaces: [] } }
    for (const one of [other, other, prologue]) {
      const { envelope } = one
      const prefix = envelope === prologue.envelope ? '' : `e${n}:`
      const start = prefix === '' ? plain : `<${name}><Body>`
      t.equal(
        Buffer.from(rebuildHead(one, ANN)).toString(),
        `<?xml version="1.0" encoding="utf-8"?>${start.replace('<Body>', '')}<${prefix}Header>` +
          `<ExchangeImpersonation xmlns="${TYPES_NS}"><ConnectingSID><PrimarySmtpAddress>${ANN}` +
          `</PrimarySmtpAddress></ConnectingSID></ExchangeImpersonation></${prefix}Header><Body>`,
      )
    }
  }
})
