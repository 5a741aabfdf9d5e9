/** Classes and places that a response to a client shows, by the request and by what the client asked for. */

import t from 'tap'
import { readEnvelope } from '../../src/ews/reader.ts'
import { ResponseReader } from '../../src/ews/response-reader.ts'
import { ShownClasses } from '../../src/gateway/shown-classes.ts'
import { shownRequest } from '../../src/gateway/shown-request.ts'
import { ANN, BOB, ORGANIZATION } from '../decision/data.ts'
import { messagesTo } from '../kit/responses.ts'
import { requestWith } from '../policy/guard-cases.ts'

const NOW = 1_000_000
const served = { organization: ORGANIZATION }
const distinguished = (name: string, mailbox = '') =>
  mailbox === ''
    ? `<t:DistinguishedFolderId Id="${name}"/>`
    : `<t:DistinguishedFolderId Id="${name}"><t:Mailbox><t:EmailAddress>${mailbox}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const folderId = (id: string) => `<t:FolderId Id="${id}"/>`
const itemId = (id: string) => `<t:ItemId Id="${id}"/>`

/** Requests, by the folders or items that they name. */
const REQUESTS = {
  FindFolder: (names: string, attributes = 'Traversal="Deep"') =>
    `<m:FindFolder ${attributes}><m:ParentFolderIds>${names}</m:ParentFolderIds></m:FindFolder>`,
  FindItem: (names: string, attributes = 'Traversal="Shallow"') =>
    `<m:FindItem ${attributes}><m:ParentFolderIds>${names}</m:ParentFolderIds></m:FindItem>`,
  GetFolder: (names: string) => `<m:GetFolder><m:FolderIds>${names}</m:FolderIds></m:GetFolder>`,
  GetItem: (names: string) => `<m:GetItem><m:ItemIds>${names}</m:ItemIds></m:GetItem>`,
  SyncFolderHierarchy: (names: string) =>
    `<m:SyncFolderHierarchy>${names && `<m:SyncFolderId>${names}</m:SyncFolderId>`}</m:SyncFolderHierarchy>`,
  SyncFolderItems: (names: string, scope = 'NormalItems') =>
    `<m:SyncFolderItems><m:SyncFolderId>${names}</m:SyncFolderId><m:Ignore>${itemId('ignored')}</m:Ignore>` +
    `<m:SyncScope>${scope}</m:SyncScope></m:SyncFolderItems>`,
}
type Operation = keyof typeof REQUESTS

const OK = '<m:ResponseCode>NoError</m:ResponseCode>'
/** Returns the response with the contents of its messages. */
function responseTo(operation: Operation, contents: readonly string[]): string {
  const wrapped = contents.map(content => {
    if (operation === 'GetFolder') return `${OK}<m:Folders>${content}</m:Folders>`
    if (operation === 'GetItem') return `${OK}<m:Items>${content}</m:Items>`
    if (operation.startsWith('Sync'))
      return `${OK}<m:Changes><t:Create>${content}</t:Create></m:Changes>`
    const list = operation === 'FindItem' ? 'Items' : 'Folders'
    return `${OK}<m:RootFolder><t:${list}>${content}</t:${list}></m:RootFolder>`
  })
  return messagesTo(operation, wrapped)
}

type FolderText = Readonly<{
  parent?: string
  container?: string
  element?: string
  hidden?: boolean
  type?: number
}>
const property = (tag: string, value: unknown) =>
  `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${tag}"/><t:Value>${value}</t:Value></t:ExtendedProperty>`
const folder = (
  id: string,
  { parent, container, element = 'Folder', hidden, type }: FolderText = {},
) =>
  `<t:${element}>${folderId(id)}` +
  (parent === undefined ? '' : `<t:ParentFolderId Id="${parent}"/>`) +
  (container === undefined ? '' : `<t:FolderClass>${container}</t:FolderClass>`) +
  (hidden === undefined ? '' : property('0x10F4', hidden)) +
  (type === undefined ? '' : property('0x3601', type)) +
  `</t:${element}>`

type ItemText = Readonly<{
  parent?: string
  itemClass?: string
  element?: string
  hidden?: boolean
}>
const item = (id: string, { parent, itemClass, element = 'Message', hidden }: ItemText = {}) =>
  `<t:${element}>${itemId(id)}` +
  (parent === undefined ? '' : `<t:ParentFolderId Id="${parent}"/>`) +
  (itemClass === undefined ? '' : `<t:ItemClass>${itemClass}</t:ItemClass>`) +
  (hidden === undefined ? '' : `<t:IsAssociated>${hidden}</t:IsAssociated>`) +
  `</t:${element}>`

/** Classes that responses have shown. */
class World {
  now = NOW
  readonly classes = new ShownClasses(() => this.now)

  /** @returns whether the response is read */
  show(operation: Operation, request: string, ...contents: readonly string[]): boolean {
    const ended = this.begin(operation, request, ...contents)
    ended?.()
    return ended !== undefined
  }

  begin(operation: Operation, request: string, ...contents: readonly string[]) {
    const { prologue, facts } = readEnvelope(requestWith(request))
    const shown = shownRequest(prologue.requestElement, facts, ANN)
    const response = shown && this.classes.begin(served, ANN, shown)
    if (response === undefined) return undefined
    const reader = new ResponseReader(response.operation, response)
    return () => {
      reader.write(Buffer.from(responseTo(operation, contents)))
      reader.end()
      response.end()
    }
  }

  /** Returns the container class of a folder, or `hidden`; undefined if it is not known. */
  folder(id: string, user = ANN) {
    const query = { folders: [id], items: [], user, mailboxes: [] }
    const found = this.classes.find(served, query)?.folders[0]
    return found?.isHidden ? 'hidden' : found?.container
  }

  /** Returns the class of an item and of its folder; undefined if it is not known. */
  item(id: string) {
    const query = { folders: [], items: [id], user: ANN, mailboxes: [] }
    const found = this.classes.find(served, query)?.items[0]
    return found && [found.itemClass, found.folder.container, found.isAssociated]
  }
}

const MAIL = { container: 'IPF.Note' }
const root = distinguished('msgfolderroot')

/** `[what, operation, names, contents, container classes by ID]` */
const FOLDERS: readonly (readonly [
  string,
  Operation,
  string,
  readonly string[],
  Readonly<Record<string, string | undefined>>,
])[] = [
  ['by a name', 'GetFolder', distinguished('inbox'), [folder('i')], { i: 'ipf.note' }],
  [
    'by names, each in its message',
    'GetFolder',
    distinguished('calendar') + folderId('x') + distinguished('SentItems'),
    [folder('c'), folder('x', MAIL), folder('s')],
    { c: 'ipf.appointment', x: undefined, s: 'ipf.note' },
  ],
  [
    'by names that can be those of search folders or hidden folders',
    'GetFolder',
    distinguished('voicemail') + distinguished('root') + distinguished('recoverableitemsroot'),
    [folder('v', MAIL), folder('r', MAIL), folder('d', MAIL)],
    { v: undefined, r: undefined, d: undefined },
  ],
  [
    'below the root, with classes',
    'FindFolder',
    root,
    [folder('a', MAIL) + folder('b', { container: 'IPF.Contact', element: 'ContactsFolder' })],
    { a: 'IPF.Note', b: 'IPF.Contact' },
  ],
  [
    'below the root, without classes',
    'FindFolder',
    root,
    [
      folder('a') +
        folder('b', { element: 'ContactsFolder' }) +
        folder('c', { element: 'CalendarFolder' }) +
        folder('d', { element: 'TasksFolder' }),
    ],
    { a: undefined, b: undefined, c: 'IPF.Appointment', d: 'IPF.Task' },
  ],
  [
    'with an empty class',
    'FindFolder',
    root,
    [folder('a', { container: '' }) + folder('b', { container: '', element: 'CalendarFolder' })],
    { a: '', b: '' },
  ],
  [
    'below hidden folders, in any order',
    'FindFolder',
    root,
    [
      folder('a', { ...MAIL, parent: 'b' }) +
        folder('b', { ...MAIL, parent: 'c' }) +
        folder('c', { ...MAIL, parent: 'unknown', hidden: true }) +
        folder('d', { ...MAIL, hidden: false }),
    ],
    { a: 'hidden', b: 'hidden', c: 'hidden', d: 'IPF.Note' },
  ],
  [
    'search folders, and what is below them',
    'FindFolder',
    root,
    [
      folder('a', { ...MAIL, element: 'SearchFolder' }) +
        folder('b', { ...MAIL, parent: 'a' }) +
        folder('c', { ...MAIL, type: 2 }) +
        folder('d', { ...MAIL, type: 1 }),
    ],
    { a: undefined, b: undefined, c: undefined, d: 'IPF.Note' },
  ],
  [
    'in a circle',
    'FindFolder',
    root,
    [folder('a', { ...MAIL, parent: 'b' }) + folder('b', { ...MAIL, parent: 'a' })],
    { a: undefined, b: undefined },
  ],
  [
    'below two folders that users see',
    'FindFolder',
    distinguished('inbox') + distinguished('Calendar'),
    [folder('a', MAIL), folder('b', MAIL)],
    { a: 'IPF.Note', b: 'IPF.Note' },
  ],
  [
    'below another folder too',
    'FindFolder',
    distinguished('inbox') + distinguished('recoverableitemsroot'),
    [folder('a', MAIL), folder('b', MAIL)],
    { a: undefined, b: undefined },
  ],
  [
    'below a folder that is not known',
    'FindFolder',
    folderId('x'),
    [folder('a', MAIL)],
    { a: undefined },
  ],
  ['changes below the root', 'SyncFolderHierarchy', root, [folder('a', MAIL)], { a: 'IPF.Note' }],
  ['changes without a root', 'SyncFolderHierarchy', '', [folder('a', MAIL)], { a: undefined }],
  [
    'with IDs that no request can contain',
    'FindFolder',
    root,
    [folder('a'.repeat(2_049), MAIL) + folder('b', { ...MAIL, parent: 'p'.repeat(2_049) })],
    { ['a'.repeat(2_049)]: undefined, b: undefined },
  ],
  [
    'in the own mailbox by its address',
    'GetFolder',
    distinguished('inbox', ANN.primarySmtpAddress),
    [folder('i')],
    { i: 'ipf.note' },
  ],
]

for (const [what, operation, names, contents, expected] of FOLDERS)
  t.test(`folders in a response to ${operation}: ${what}`, async t => {
    const world = new World()
    t.ok(world.show(operation, REQUESTS[operation](names), ...contents))
    for (const [id, container] of Object.entries(expected))
      t.equal(world.folder(id), container, id.slice(0, 9))
  })

t.test('folders are known by their parents in earlier responses', async t => {
  const world = new World()
  world.show('GetFolder', REQUESTS.GetFolder(root), folder('top'))
  t.equal(world.folder('top'), undefined, 'the class of the root is not shown')
  const parts = folder('a', { ...MAIL, parent: 'top' }) + folder('x', { ...MAIL, parent: 'finder' })
  world.show('FindFolder', REQUESTS.FindFolder(distinguished('root')), parts)
  t.strictSame([world.folder('a'), world.folder('x')], ['IPF.Note', undefined])
  world.show('GetFolder', REQUESTS.GetFolder(folderId('b')), folder('b', { ...MAIL, parent: 'a' }))
  t.equal(world.folder('b'), 'IPF.Note')
  world.show('FindFolder', REQUESTS.FindFolder(folderId('b')), folder('c', MAIL))
  t.equal(world.folder('c'), 'IPF.Note', 'below a known folder')
  const hidden = folder('h', { ...MAIL, parent: 'a', hidden: true })
  world.show('GetFolder', REQUESTS.GetFolder(folderId('h')), hidden)
  world.show('FindFolder', REQUESTS.FindFolder(folderId('h')), folder('d', MAIL))
  t.equal(world.folder('d'), undefined, 'below a hidden folder')
  world.show('GetFolder', REQUESTS.GetFolder(folderId('h')), folder('h', { ...MAIL, parent: 'a' }))
  t.equal(world.folder('h'), 'hidden', 'though not shown again')
})

const KNOWN = folder('f', MAIL)
/** `[what, operation, names, contents, class of the item i, class of its folder]` */
const ITEMS: readonly (readonly [string, Operation, string, string, unknown])[] = [
  ...(['FindItem', 'SyncFolderItems'] as const).flatMap(operation => [
    ['by IDs only', operation, folderId('f'), item('i'), ['IPM.Note', 'IPF.Note', false]] as const,
    [
      'in a folder by its name',
      operation,
      distinguished('DeletedItems'),
      item('i', { element: 'CalendarItem' }),
      ['IPM.Appointment', 'ipf.note', false],
    ] as const,
    ['in a root', operation, root, item('i'), undefined] as const,
    ['in a search folder', operation, distinguished('voicemail'), item('i'), undefined] as const,
    [
      'of an unknown kind',
      operation,
      folderId('f'),
      item('i', { element: 'Item' }),
      undefined,
    ] as const,
    ['in an unknown folder', operation, folderId('x'), item('i'), undefined] as const,
    [
      'in another folder than the named one',
      operation,
      folderId('x'),
      item('i', { parent: 'f', itemClass: 'IPM.Post' }),
      ['IPM.Post', 'IPF.Note', false],
    ] as const,
  ]),
  [
    'in one of two folders',
    'FindItem',
    folderId('f') + distinguished('inbox'),
    item('i'),
    undefined,
  ],
  ['without a place', 'GetItem', itemId('i'), item('i', { itemClass: 'IPM.Note' }), undefined],
  [
    'with class and place',
    'GetItem',
    itemId('i'),
    item('i', { parent: 'f', itemClass: 'IPM.Note', hidden: true }),
    ['IPM.Note', 'IPF.Note', true],
  ],
  ['with a long ID', 'GetItem', itemId('i'), item('i', { parent: 'f'.repeat(2_049) }), undefined],
]

for (const [what, operation, names, content, expected] of ITEMS)
  t.test(`items in a response to ${operation}: ${what}`, async t => {
    const world = new World()
    world.show('FindFolder', REQUESTS.FindFolder(root), KNOWN)
    t.ok(world.show(operation, REQUESTS[operation](names), content))
    t.strictSame(world.item('i'), expected)
  })

t.test('what a later response shows replaces and completes what is known', async t => {
  const world = new World()
  const list = REQUESTS.SyncFolderItems(folderId('f'))
  world.show('SyncFolderItems', list, item('i', { itemClass: 'IPM.Document', hidden: true }))
  t.equal(world.item('i'), undefined, 'the folder is not known')
  world.show('FindFolder', REQUESTS.FindFolder(root), KNOWN)
  t.strictSame(world.item('i'), ['IPM.Document', 'IPF.Note', true])
  world.show('GetItem', REQUESTS.GetItem(itemId('i')), item('i'))
  t.strictSame(world.item('i'), ['IPM.Document', 'IPF.Note', true], 'shown without it')
  world.show('SyncFolderItems', REQUESTS.SyncFolderItems(distinguished('calendar')), item('i'))
  t.strictSame(world.item('i'), ['IPM.Document', 'ipf.appointment', true], 'in another folder')
})

t.test('some requests show nothing', async t => {
  const world = new World()
  const find = REQUESTS.FindFolder(root)
  for (const [what, operation, request] of [
    [
      'hidden items',
      'FindItem',
      REQUESTS.FindItem(distinguished('inbox'), 'Traversal="Associated"'),
    ],
    [
      'hidden changes',
      'SyncFolderItems',
      REQUESTS.SyncFolderItems(root, 'NormalAndAssociatedItems'),
    ],
    ['soft-deleted folders', 'FindFolder', REQUESTS.FindFolder(root, 'Traversal="SoftDeleted"')],
    ['another mailbox', 'GetFolder', REQUESTS.GetFolder(distinguished('inbox', 'bob@example.com'))],
    ['a change', 'GetFolder', '<m:CreateFolder/>'],
  ] as const)
    t.notOk(world.show(operation, request), what)
  const { prologue, facts } = readEnvelope(requestWith(find))
  const begun = { ...facts, content: { ...facts.content, isWhole: false } }
  t.equal(shownRequest(prologue.requestElement, begun, ANN), undefined, 'a part of a body')
  t.ok(shownRequest(prologue.requestElement, facts, ANN))
})

t.test('classes are forgotten after an hour, and when a request can change them', async t => {
  const world = new World()
  const find = REQUESTS.FindFolder(root)
  world.show('FindFolder', find, KNOWN)
  t.equal(world.folder('f', BOB), undefined, 'of another user')
  world.now += 3_599_999
  t.equal(world.folder('f'), 'IPF.Note')
  world.now += 1
  t.equal(world.folder('f'), undefined)
  world.show('FindFolder', find, KNOWN)
  world.classes.forget(ORGANIZATION.id, BOB.id)
  t.equal(world.folder('f'), 'IPF.Note')
  const end = world.begin('FindFolder', find, folder('g', MAIL))
  world.classes.forget(ORGANIZATION.id, ANN.id)
  end?.()
  t.strictSame([world.folder('f'), world.folder('g')], [undefined, undefined], 'in flight too')
})

t.test('hostile responses use bounded memory', async t => {
  const world = new World()
  const many = Array.from({ length: 3_000 }, (_, i) =>
    item(`${i}${'x'.repeat(1_900)}`, { parent: `${i}${'p'.repeat(1_900)}` }),
  ).join('')
  world.show('FindFolder', REQUESTS.FindFolder(root), KNOWN)
  world.show('FindItem', REQUESTS.FindItem(folderId('f')), many)
  t.equal(world.folder('f'), undefined, 'older values are gone')
  const folders = Array.from({ length: 10_001 }, (_, i) => folder(`${i}`, MAIL)).join('')
  t.throws(() => world.show('FindFolder', REQUESTS.FindFolder(root), folders), /Cannot read/)
  t.equal(world.folder('0'), undefined, 'nothing of a response with too many')
})
