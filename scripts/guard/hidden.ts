/**
 * R14: inbox rules, apps, and roaming data, made from properties and from hidden items.
 *
 * @module
 */

import {
  ANY_PROPERTY,
  byTag,
  create,
  DRAFT,
  meeting,
  message,
  NOT_INVITING,
  type PriorRequest,
  property,
  type Row,
  SAVED,
  set,
  update,
  uri,
} from './row.ts'
import { FEW, inMapi, spelledOut } from './spellings.ts'

const RULES = [0x0e99, 0x0e9a, 0x65e9, 0x65ed, 0x6679, 0x6680]
const ROAMING = [0x7c06, 0x7c07, 0x7c08, 0x7c09]
const FOLDER_RULES = 0x3fe1

const DENIED = ['operation-refused']
const BY_RULES = { inboxRules: true }
const BY_ALL = { inboxRules: true, delegation: true, mailboxes: 'any' }
const name = (tag: number) => `property 0x${tag.toString(16).padStart(4, '0')}`
const value = (attributes: string) => property(attributes, 'AAAA', 'Binary')
const path = (attributes: string) => uri(attributes, 'Binary')

type Property = Readonly<{ tag: number; effect: 'rule' | 'setting' }>
const PROPERTIES: readonly Property[] = [
  ...RULES.map((tag): Property => ({ tag, effect: 'rule' })),
  ...ROAMING.map((tag): Property => ({ tag, effect: 'setting' })),
]

const spelled: readonly Row[] = PROPERTIES.map(({ tag, effect }) =>
  spelledOut(tag, {
    name: `${name(tag)} of a new item`,
    ruling: 'R14',
    request: create(message(value(byTag('{tag}'))), SAVED),
    reasons: DENIED,
    effect,
  }),
)

const given = { item: DRAFT }
/** Other places at which a property of an item can be set. */
const PLACES: readonly (readonly [
  name: string,
  request: (attributes: string) => string,
  given?: Row['given'],
])[] = [
  ['of an existing item', it => update('item', set(path(it), value(it)), SAVED), given],
  [
    'appended to an existing item',
    it => update('item', set(path(it), value(it), 'AppendToItemField'), SAVED),
    given,
  ],
  [
    'of an existing item under the path of the subject',
    it => update('item', set(path(byTag('0x0037')), value(it)), SAVED),
    given,
  ],
  [
    'of an existing item behind another property',
    it => update('item', set(path(byTag('0x0070')), value(byTag('0x0070')) + value(it)), SAVED),
    given,
  ],
  [
    'of an existing item in a later update',
    it =>
      update(
        'item',
        set(path(byTag('0x0070')), value(byTag('0x0070'))) + set(path(it), value(it)),
        SAVED,
      ),
    given,
  ],
  [
    'of an existing item in the messages namespace',
    it => update('item', set(path(it), value(it)), SAVED).replaceAll('t:Extended', 'm:Extended'),
    given,
  ],
  ['of a new meeting', it => create(meeting(value(it)), NOT_INVITING)],
  ['of a new contact', it => create(`<t:Contact>${value(it)}</t:Contact>`, '')],
  ['of a new task', it => create(`<t:Task>${value(it)}</t:Task>`, SAVED)],
  ['of a second new item', it => create(message('') + message(value(it)), SAVED)],
  [
    'behind its value',
    it =>
      create(
        message(`<t:ExtendedProperty><t:Value>AAAA</t:Value>${path(it)}</t:ExtendedProperty>`),
        SAVED,
      ),
  ],
]

const placed: readonly Row[] = PROPERTIES.flatMap(({ tag, effect }) =>
  PLACES.flatMap(([where, request, items]) =>
    FEW.filter(({ plain }) => plain || tag === 0x6679 || tag === 0x7c07).map(
      ({ name: how, write, plain }): Row => ({
        name: `${name(tag)} ${where}, ${how}`,
        ruling: 'R14',
        ...(items && { given: items }),
        request: request(byTag(write(tag))),
        reasons: plain ? DENIED : ANY_PROPERTY,
        effect,
      }),
    ),
  ),
)

const switched: readonly Row[] = PROPERTIES.flatMap(({ tag, effect }): readonly Row[] => {
  const usual = `0x${tag.toString(16).toUpperCase().padStart(4, '0')}`
  const request = update('item', set(path(byTag(usual)), value(byTag(usual))), SAVED)
  const above = update(
    'item',
    set(path(byTag(`0x1${usual.slice(2)}`)), value(byTag(`0x1${usual.slice(2)}`))),
    SAVED,
  )
  const numbered = update('item', set(path(inMapi(tag)), value(inMapi(tag))), SAVED)
  return [
    {
      name: `${name(tag)} where the guard allows inbox rules`,
      ruling: 'R14',
      guard: BY_RULES,
      given,
      request,
      ...(effect === 'setting' && { reasons: DENIED, effect }),
    },
    ...(effect === 'setting'
      ? [
          {
            name: `${name(tag)} where the guard allows all it can`,
            ruling: 'R14',
            guard: BY_ALL,
            given,
            request,
            reasons: DENIED,
            effect,
          } as const,
        ]
      : []),
    {
      name: `${name(tag)} above 16 bits, which may be roaming data, where the guard allows inbox rules`,
      ruling: 'R14',
      guard: BY_ALL,
      given,
      request: above,
      reasons: ANY_PROPERTY,
      effect,
    },
    {
      name: `${name(tag)} in a role that is read-only`,
      ruling: 'R14',
      type: 'READ_ONLY',
      guard: BY_RULES,
      given,
      request,
      reasons: ['role-is-read-only', 'operation-refused'],
      effect,
    },
    {
      name: `${name(tag)} as a number in PS_MAPI`,
      ruling: 'R14',
      given,
      request: numbered,
      reasons: ANY_PROPERTY,
      effect,
      beyond: 'a name in PS_MAPI is another way to write a tag',
    },
  ]
})

const FOLDER: PriorRequest = {
  request:
    '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>given {n}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
}
const updateFolder = (attributes: string, how = 'SetFolderField', content = value(attributes)) =>
  '<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="{folder.FolderId}"/><t:Updates>' +
  `<t:${how}>${path(attributes)}<t:Folder>${content}</t:Folder></t:${how}>` +
  '</t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>'
const createFolder = (content: string) =>
  '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders>' +
  `<t:Folder><t:DisplayName>row {n}</t:DisplayName>${content}</t:Folder></m:Folders></m:CreateFolder>`
const createPath = (content: string) =>
  '<m:CreateFolderPath><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:RelativeFolderPath>' +
  `<t:Folder><t:DisplayName>row {n}</t:DisplayName>${content}</t:Folder></m:RelativeFolderPath></m:CreateFolderPath>`
const USUAL = byTag('0x3FE1')
const HARMLESS = byTag('0x3FE2')

const folders: readonly Row[] = [
  spelledOut(FOLDER_RULES, {
    name: `${name(FOLDER_RULES)} of a folder`,
    ruling: 'R14',
    given: { folder: FOLDER },
    request: updateFolder(byTag('{tag}')),
    reasons: DENIED,
    effect: 'rule',
  }),
  {
    name: 'property 0x3fe1 appended to a folder',
    ruling: 'R14',
    given: { folder: FOLDER },
    request: updateFolder(USUAL, 'AppendToFolderField'),
    reasons: DENIED,
    effect: 'rule',
  },
  {
    name: 'property 0x3fe1 under the path of another property',
    ruling: 'R14',
    given: { folder: FOLDER },
    request: updateFolder(HARMLESS, 'SetFolderField', value(USUAL)),
    reasons: DENIED,
    effect: 'rule',
  },
  {
    name: 'property 0x3fe1 of a new folder',
    ruling: 'R14',
    request: createFolder(value(USUAL)),
    reasons: DENIED,
    effect: 'rule',
  },
  {
    name: 'property 0x3fe1 above 16 bits of a new folder',
    ruling: 'R14',
    request: createFolder(value(byTag('0x13FE1'))),
    reasons: ANY_PROPERTY,
    effect: 'rule',
  },
  {
    name: 'property 0x3fe1 of a new path',
    ruling: 'R14',
    request: createPath(value(USUAL)),
    reasons: DENIED,
  },
  {
    name: 'property 0x3fe1 as a number in PS_MAPI',
    ruling: 'R14',
    given: { folder: FOLDER },
    request: updateFolder(inMapi(FOLDER_RULES)),
    reasons: ANY_PROPERTY,
    effect: 'rule',
    beyond: 'a name in PS_MAPI is another way to write a tag',
  },
  {
    name: 'property 0x3fe1 where the guard allows inbox rules',
    ruling: 'R14',
    guard: BY_RULES,
    given: { folder: FOLDER },
    request: updateFolder(USUAL),
  },
  {
    name: 'property 0x3fe1 where the guard allows delegation alone',
    ruling: 'R14',
    guard: { delegation: true },
    given: { folder: FOLDER },
    request: updateFolder(USUAL),
    reasons: DENIED,
    effect: 'rule',
  },
  {
    name: 'a property above 16 bits, which may hold permissions, where the guard allows inbox rules',
    ruling: 'R14',
    guard: BY_RULES,
    given: { folder: FOLDER },
    request: updateFolder(byTag('0x13FE0')),
    reasons: ANY_PROPERTY,
  },
  {
    name: 'property 0x3fe2 of a folder',
    ruling: 'R14',
    given: { folder: FOLDER },
    request: updateFolder(HARMLESS),
  },
  { name: 'a new folder', ruling: 'R14', request: createFolder('') },
  {
    name: 'a request that reads property 0x3fe1',
    ruling: 'R14',
    request: `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${path(USUAL)}</t:AdditionalProperties></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>`,
  },
]

const harmless: readonly Row[] = [0x0e98, 0x6675, 0x7c05, 0x7c0a, 0x0066].map(
  (tag): Row => ({
    name: `${name(tag)}, which makes nothing`,
    ruling: 'R14',
    given,
    request: update(
      'item',
      set(
        path(byTag(`0x${tag.toString(16).padStart(4, '0')}`)),
        value(byTag(`0x${tag.toString(16).padStart(4, '0')}`)),
      ),
      SAVED,
    ),
  }),
)

export const HIDDEN_PROPERTIES: readonly Row[] = [
  ...spelled,
  ...placed,
  ...switched,
  ...folders,
  ...harmless,
]
