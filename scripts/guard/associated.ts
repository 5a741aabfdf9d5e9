/**
 * R14: hidden items, user configurations, and standing actions on conversations.
 *
 * @module
 */

import {
  byTag,
  create,
  DRAFT,
  meeting,
  message,
  NOT_INVITING,
  property,
  type Row,
  SAVED,
  set,
  update,
} from './row.ts'

const DENIED = ['operation-refused']
/** A value that is evaluated may also be rejected for its form. */
const REJECTED = ['operation-refused', 'envelope-malformed']
const BY_RULES = { inboxRules: true }
const BY_ALL = { inboxRules: true, delegation: true, mailboxes: 'any' }

const flag = (text: string) => `<t:IsAssociated>${text}</t:IsAssociated>`
const itemClass = (text: string) => `<t:ItemClass>${text}</t:ItemClass>`
const hidden = (text: string) => message(itemClass(text) + flag('true'))
const save = (items: string) => create(items, SAVED)

type Effect = NonNullable<Row['effect']>
type Case = readonly [
  name: string,
  request: string,
  effect?: Effect | undefined,
  reasons?: readonly string[],
]
const denied = ([name, request, effect, reasons = DENIED]: Case, more: Partial<Row> = {}): Row => ({
  name,
  ruling: 'R14',
  request,
  reasons,
  ...(effect && { effect }),
  ...more,
})
const allowed = (name: string, request: string, more: Partial<Row> = {}): Row => ({
  name,
  ruling: 'R14',
  request,
  ...more,
})

const FLAGS: readonly Case[] = [
  ...['true', '1', ' true ', 'TRUE', 'True', '2', '01', '+1', '&#116;rue', '&#10;true'].map(
    (text): Case => [`IsAssociated "${text}"`, save(message(flag(text))), 'item'],
  ),
  ...['yes', 'falsetrue', '0x1', 'T'].map(
    (text): Case => [`IsAssociated "${text}"`, save(message(flag(text))), undefined],
  ),
  ['IsAssociated in CDATA', save(message(flag('<![CDATA[true]]>'))), 'item', REJECTED],
  ['IsAssociated behind a comment', save(message(flag('<!-- -->true'))), 'item', REJECTED],
  ['IsAssociated twice', save(message(flag('true') + flag('false'))), 'item'],
  ['IsAssociated twice, the last one true', save(message(flag('false') + flag('true'))), undefined],
  [
    'IsAssociated in the messages namespace',
    save(message(flag('true'))).replaceAll('t:IsAssociated', 'm:IsAssociated'),
    'item',
  ],
  ['IsAssociated of the second item', save(message('') + message(flag('true'))), 'item'],
  ['IsAssociated of a meeting', create(meeting(flag('true')), NOT_INVITING), 'item'],
  ['IsAssociated of a contact', create(`<t:Contact>${flag('true')}</t:Contact>`, ''), 'item'],
  ['IsAssociated of a plain item', save(`<t:Item>${flag('true')}</t:Item>`), 'item'],
]

const RULES: readonly Case[] = [
  ['a rule', save(hidden('IPM.Rule.Version2.Message')), 'rule'],
  ['an extended rule', save(hidden('IPM.ExtendedRule.Message')), 'rule'],
  ['a rule in small letters', save(hidden('ipm.rule.version2.message')), 'rule'],
  ['a rule behind blanks', save(hidden('\n  IPM.Rule.Version2.Message')), 'rule'],
  ['a rule with a reference', save(hidden('IPM&#46;Rule.Version2.Message')), 'rule'],
  ['a rule that is not hidden', save(message(itemClass('IPM.Rule.Version2.Message')))],
  ['a rule in small letters that is not hidden', save(message(itemClass('ipm.rule.message')))],
  ['a rule behind blanks that is not hidden', save(message(itemClass('\n IPM.Rule.Message')))],
  ['a rule with a reference that is not hidden', save(message(itemClass('IPM.&#82;ule.Message')))],
  ['an extended rule that is not hidden', save(message(itemClass('IPM.ExtendedRule.Message')))],
  [
    'a rule by a property',
    save(message(property(byTag('0x001A'), 'IPM.Rule.Version2.Message') + flag('true'))),
    'rule',
  ],
  [
    'a rule by a property above 16 bits',
    save(message(property(byTag('0x1001A'), 'IPM.Rule.Version2.Message') + flag('true'))),
    'rule',
    ['operation-refused', 'grant-refused'],
  ],
  [
    'a rule by a property in octals',
    save(message(property(byTag('032'), 'IPM.Rule.Version2.Message') + flag('true'))),
    'rule',
    ['operation-refused', 'grant-refused'],
  ],
  [
    'a rule by a property that is not hidden',
    save(message(property(byTag('0x001A'), 'IPM.Rule.Version2.Message'))),
  ],
]

const setClass = (text: string) =>
  update('item', set('<t:FieldURI FieldURI="item:ItemClass"/>', itemClass(text)), SAVED)
const given = { item: DRAFT }

const APPS: readonly Case[] = [
  ['the table of apps', save(hidden('IPM.Configuration.ExtensionMasterTable')), 'app'],
  [
    'the table of apps in small letters',
    save(hidden('ipm.configuration.extensionmastertable')),
    'app',
  ],
  [
    'the table of apps, not hidden',
    save(message(itemClass('IPM.Configuration.ExtensionMasterTable'))),
  ],
  [
    'the table of apps by a property',
    save(
      message(property(byTag('0x001A'), 'IPM.Configuration.ExtensionMasterTable') + flag('true')),
    ),
    'app',
  ],
  ['an app', save(hidden('IPM.Configuration.ClientExtension.abc')), 'app'],
]

const NAME = (name: string) =>
  `<t:UserConfigurationName Name="${name}"><t:DistinguishedFolderId Id="inbox"/></t:UserConfigurationName>`
const configuration = (operation: string, name: string) =>
  `<m:${operation}><m:UserConfiguration>${NAME(name)}<t:XmlData>PGEvPg==</t:XmlData></m:UserConfiguration></m:${operation}>`

const CONFIGURATIONS: readonly Case[] = [
  'CreateUserConfiguration',
  'UpdateUserConfiguration',
].flatMap(operation =>
  [
    'ExtensionMasterTable',
    'extensionmastertable',
    ' ExtensionMasterTable',
    'Extension&#77;asterTable',
    'ClientExtension.abc',
    'clientextension.ABC',
  ].map((name): Case => [`${operation} of "${name}"`, configuration(operation, name), 'app']),
)

const CONVERSATION = '<t:ConversationId Id="{conversation}"/>'
const act = (...actions: readonly string[]) =>
  `<m:ApplyConversationAction><m:ConversationActions>${actions.join('')}</m:ConversationActions></m:ApplyConversationAction>`
const action = (text: string, more = '') =>
  `<t:ConversationAction><t:Action>${text}</t:Action>${CONVERSATION}${more}</t:ConversationAction>`
const TRASH =
  '<t:DestinationFolderId><t:DistinguishedFolderId Id="deleteditems"/></t:DestinationFolderId>'

const STANDING: readonly Case[] = [
  ['AlwaysDelete', act(action('AlwaysDelete')), 'rule'],
  [
    'AlwaysMove',
    act(action('AlwaysMove', `<t:ProcessRightAway>true</t:ProcessRightAway>${TRASH}`)),
    'rule',
  ],
  [
    'AlwaysCategorize',
    act(action('AlwaysCategorize', '<t:Categories><t:String>x</t:String></t:Categories>')),
    'rule',
  ],
  ['AlwaysDelete in small letters', act(action('alwaysdelete')), 'rule'],
  ['AlwaysDelete in capitals', act(action('ALWAYSDELETE')), 'rule'],
  ['AlwaysDelete between blanks', act(action(' AlwaysDelete\n')), 'rule'],
  ['AlwaysDelete with a reference', act(action('Always&#68;elete')), 'rule'],
  ['AlwaysDelete in CDATA', act(action('<![CDATA[AlwaysDelete]]>')), 'rule', REJECTED],
  ['AlwaysDelete behind a comment', act(action('<!-- -->AlwaysDelete')), 'rule', REJECTED],
  [
    'AlwaysDelete behind an action that ends',
    act(action('SetReadState', '<t:IsRead>true</t:IsRead>'), action('AlwaysDelete')),
    'rule',
  ],
  [
    'AlwaysDelete behind another Action',
    act(action('SetReadState', '<t:Action>AlwaysDelete</t:Action>')),
  ],
  [
    'AlwaysDelete before another Action',
    act(action('AlwaysDelete', '<t:Action>SetReadState</t:Action>')),
    'rule',
  ],
  [
    'AlwaysDelete in the messages namespace',
    act(action('AlwaysDelete')).replaceAll('t:Action>', 'm:Action>'),
    'rule',
  ],
  [
    'AlwaysDelete that is not done at once',
    act(action('AlwaysDelete', '<t:ProcessRightAway>false</t:ProcessRightAway>')),
    'rule',
  ],
  ['UpdateAlwaysCategorizeRule', act(action('UpdateAlwaysCategorizeRule')), 'rule'],
]

const ONCE: readonly (readonly [string, string])[] = [
  ['SetReadState', act(action('SetReadState', '<t:IsRead>true</t:IsRead>'))],
  ['Delete', act(action('Delete', '<t:DeleteType>MoveToDeletedItems</t:DeleteType>'))],
  ['Move', act(action('Move', TRASH))],
  ['Copy', act(action('Copy', TRASH))],
  ['Flag', act(action('Flag'))],
]

export const ASSOCIATED: readonly Row[] = [
  ...[...FLAGS, ...RULES].map(it => denied(it)),
  ...[...FLAGS, ...RULES]
    .filter(([, , effect, reasons]) => effect && !reasons)
    .map(([name, request]) =>
      allowed(`${name}, where the guard allows inbox rules`, request, { guard: BY_RULES }),
    ),
  denied(['an item that becomes a rule', setClass('IPM.Rule.Version2.Message')], { given }),
  denied(
    ['an item that becomes the table of apps', setClass('IPM.Configuration.ExtensionMasterTable')],
    { given, guard: BY_ALL },
  ),
  denied(
    [
      'a hidden item by property 0x67AA',
      save(message(property(byTag('0x67AA'), 'true', 'Boolean'))),
      'item',
    ],
    {
      beyond: 'the store of grommunio takes the property for IsAssociated',
    },
  ),
  ...['false', '0', ' false '].map(text =>
    allowed(`IsAssociated "${text}"`, save(message(flag(text)))),
  ),
  allowed('a class that only begins alike', save(message(itemClass('IPM.Note.Rule')))),
  allowed('a setting that is not hidden', save(message(itemClass('IPM.Configuration.Work')))),
  denied(['a hidden setting', save(hidden('IPM.Configuration.Work')), 'setting']),
  ...[...APPS, ...CONFIGURATIONS].map(it => denied(it)),
  ...[...APPS, ...CONFIGURATIONS].map(it =>
    denied([`${it[0]}, where the guard allows all it can`, it[1], it[2]], { guard: BY_ALL }),
  ),
  denied(
    [
      'DeleteUserConfiguration of the table of apps',
      `<m:DeleteUserConfiguration>${NAME('ExtensionMasterTable').replaceAll('t:UserC', 'm:UserC')}</m:DeleteUserConfiguration>`,
    ],
    { guard: BY_ALL },
  ),
  allowed(
    'CreateUserConfiguration of "Signatures"',
    configuration('CreateUserConfiguration', 'Signatures'),
  ),
  allowed(
    'a request that reads the table of apps',
    `<m:GetUserConfiguration>${NAME('ExtensionMasterTable').replaceAll('t:UserC', 'm:UserC')}<m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>`,
    { code: 'ErrorItemNotFound' },
  ),
  ...STANDING.map(it => denied(it)),
  ...STANDING.slice(0, 3).flatMap(([name, request, effect = 'rule']) => [
    allowed(`${name}, where the guard allows inbox rules`, request, { guard: BY_RULES }),
    denied(
      [
        `${name}, in a role that is read-only`,
        request,
        effect,
        ['role-is-read-only', 'operation-refused'],
      ],
      { guard: BY_RULES, type: 'READ_ONLY' },
    ),
  ]),
  ...ONCE.map(([name, request]) => allowed(`${name}, once`, request)),
]
