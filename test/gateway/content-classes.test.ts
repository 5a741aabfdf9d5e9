/**
 * Classes of folders and items by their IDs, as an upstream reports them that has its folders in memory.
 */

import t from 'tap'
import { ContentClasses } from '../../src/gateway/content-classes.ts'
import { Failure } from '../../src/model/failure.ts'
import { organizationId, userId } from '../../src/model/identity.ts'
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { ANN, ORGANIZATION, BOB as USER } from '../decision/data.ts'
import { messagesTo } from '../kit/responses.ts'

const BOB = 'bob@example.com'

type Entry = Readonly<{
  parent?: string
  container?: string
  /** Values of the property with the type, as XML attributes of its ExtendedFieldURI and text. */
  types?: readonly (readonly [uri: string, value: string])[]
  /** Values of the property that tells whether the folder is hidden. */
  hidden?: readonly string[]
}>

const TYPE = 'PropertyTag="0x3601"'
const typed = (...values: readonly string[]): Pick<Entry, 'types'> => ({
  types: values.map(value => [TYPE, value]),
})
const folder = (parent: string, more: Entry = {}): Entry => ({
  parent,
  container: 'IPF.Appointment',
  ...typed('1'),
  ...more,
})

/** Returns the folders of a mailbox, and of places that its users don't see. */
const mailboxOf = (of: string): Record<string, Entry> => ({
  [`${of}/root`]: { container: '', ...typed('0') },
  [`${of}/msgfolderroot`]: folder(`${of}/root`, { container: 'IPF' }),
  [`${of}/calendar`]: folder(`${of}/msgfolderroot`),
  [`${of}/team`]: folder(`${of}/calendar`),
  [`${of}/drafts`]: folder(`${of}/msgfolderroot`),
  [`${of}/below drafts`]: folder(`${of}/drafts`),
  [`${of}/other`]: folder(`${of}/msgfolderroot`),
  [`${of}/nested`]: folder(`${of}/other`),
  [`${of}/deep`]: folder(`${of}/nested`),
  [`${of}/finder`]: folder(`${of}/root`),
  [`${of}/search`]: folder(`${of}/finder`, typed('2')),
  [`${of}/below search`]: folder(`${of}/search`),
  [`${of}/recoverable`]: folder(`${of}/root`),
  [`${of}/deletions`]: folder(`${of}/recoverable`),
  [`${of}/deleted`]: folder(`${of}/deletions`),
  [`${of}/below deleted`]: folder(`${of}/deleted`),
  [`${of}/archiveroot`]: { container: '', ...typed('0') },
  [`${of}/archivemsgfolderroot`]: folder(`${of}/archiveroot`, { container: 'IPF' }),
  [`${of}/archived`]: folder(`${of}/archivemsgfolderroot`),
  [`${of}/archivedeletions`]: folder(`${of}/archiveroot`),
})

/** Classes, and an upstream with the mailboxes of Ann and Bob. */
class World {
  now = 1_000_000
  readonly folders: Record<string, Entry> = {
    ...mailboxOf('ann'),
    ...mailboxOf('bob'),
    public: folder('publicfoldersroot'),
    publicfoldersroot: { container: '', ...typed('0') },
  }
  /** Names of distinguished folders that the upstream doesn't open. */
  readonly closed = new Set<string>()
  /** IDs that the upstream answers with two folders. */
  readonly twins = new Set<string>()
  /** Items that the upstream answers with two items. */
  readonly twinItems = new Set<string>()
  /** Changes the messages of a response. */
  change = (messages: readonly string[]): readonly string[] => messages
  /** Called before each response. */
  answering = (): void => undefined
  /** Requests to the upstream, each with the number of objects that it names. */
  readonly asked: string[] = []
  /** Runs between an answer of the upstream and its arrival. */
  onWay: (() => Promise<void>) | undefined
  readonly classes = new ContentClasses(() => this.now)
  readonly #upstream = {
    send: ({ body }: UpstreamRequest, sink: Parameters<Upstream['send']>[1]) => {
      const text = Buffer.from(body as Uint8Array).toString()
      queueMicrotask(async () => {
        this.answering()
        const answer = Buffer.from(this.#answer(text))
        const { onWay } = this
        this.onWay = undefined
        await onWay?.()
        sink.chunk(answer)
        sink.end()
      })
      return { resume: () => undefined, abort: () => undefined }
    },
  } as unknown as Upstream
  readonly served = { organization: ORGANIZATION, upstream: this.#upstream }

  query(folders: readonly string[], mailboxes: readonly string[] = [], items = NO_ITEMS) {
    return { folders, items, user: ANN, mailboxes }
  }

  /** Returns whether each folder has a class. */
  async have(folders: readonly string[], mailboxes?: readonly string[]) {
    const query = this.query(folders, mailboxes)
    const { folders: found } = await this.classes.classesOf(this.served, query, 'p')
    return found.map(one => one !== undefined)
  }

  async has(id: string, mailboxes?: readonly string[]) {
    return (await this.have([id], mailboxes))[0]
  }

  #answer(text: string): string {
    const operation = text.includes('<m:GetItem>') ? 'GetItem' : 'GetFolder'
    const ids = [
      ...text.matchAll(/<t:(\w+) Id="([^"]*)"(?:\/>|><t:Mailbox><t:EmailAddress>(\w+)@)/g),
    ]
    const messages = ids.map(([, element, id = '', owner = 'ann']) => {
      if (element === 'ItemId') return itemsIn(this.twinItems.has(id) ? [id, 'twin'] : [id])
      const isNamed = element === 'DistinguishedFolderId'
      const key = isNamed ? `${owner}/${id}` : id
      const entry = this.closed.has(key) ? undefined : this.folders[key]
      if (entry === undefined) return MISSING
      const folders = (this.twins.has(key) ? [key, 'twin'] : [key]).map(one =>
        folderText(one, entry),
      )
      return `<m:ResponseCode>NoError</m:ResponseCode><m:Folders>${folders.join('')}</m:Folders>`
    })
    this.asked.push(
      `${operation} ${ids.filter(([, name]) => name !== 'DistinguishedFolderId').length}`,
    )
    return messagesTo(operation, this.change(messages))
  }
}

const NO_ITEMS: readonly string[] = []
const THROTTLED = new Failure(
  'upstream-unreachable',
  "The upstream can't tell now what IDs identify",
  {
    kind: 'throttled',
  },
)
const BUSY = '<m:ResponseCode>ErrorServerBusy</m:ResponseCode>'
const MISSING = '<m:ResponseCode>ErrorFolderNotFound</m:ResponseCode>'

function folderText(id: string, { parent, container, types = [], hidden = [] }: Entry): string {
  const property = (uri: string, type: string, value: string) =>
    `<t:ExtendedProperty><t:ExtendedFieldURI ${uri} PropertyType="${type}"/><t:Value>${value}</t:Value></t:ExtendedProperty>`
  return (
    `<t:Folder><t:FolderId Id="${id}"/>` +
    `${parent === undefined ? '' : `<t:ParentFolderId Id="${parent}"/>`}<t:FolderClass>${container}</t:FolderClass>` +
    `${hidden.map(value => property('PropertyTag="0x10F4"', 'Boolean', value)).join('')}` +
    `${types.map(([uri, value]) => property(uri, 'Integer', value)).join('')}</t:Folder>`
  )
}

/** Returns a message with items `item in FOLDER`. */
const itemsIn = (ids: readonly string[]) =>
  `<m:ResponseCode>NoError</m:ResponseCode><m:Items>${ids.map(itemIn).join('')}</m:Items>`
const itemIn = (id: string) =>
  `<t:CalendarItem><t:ItemId Id="${id}"/><t:ParentFolderId Id="${id.replace('item in ', '')}"/>` +
  '<t:ItemClass>IPM.Appointment</t:ItemClass></t:CalendarItem>'

const INVISIBLE = [
  'finder',
  'search',
  'below search',
  'recoverable',
  'deletions',
  'deleted',
  'below deleted',
  'archivedeletions',
]
const VISIBLE = ['calendar', 'team', 'other', 'nested', 'deep', 'archived']
const all = (of: string, names: readonly string[]) => names.map(name => `${of}/${name}`)

t.test('a folder has a class only below a visible root of its mailbox', async t => {
  const world = new World()
  for (const id of all('ann', VISIBLE)) t.equal(await world.has(id), true, id)
  for (const id of [...all('ann', INVISIBLE), 'public', 'nothing'])
    t.equal(await world.has(id), false, id)
})

t.test('a folder in another mailbox has a class only if the request names the mailbox', async t => {
  const world = new World()
  for (const id of [...all('bob', VISIBLE), ...all('bob', INVISIBLE)])
    t.equal(await world.has(id), false, `${id}, which nothing places`)
  for (const id of all('bob', VISIBLE)) t.equal(await world.has(id, [BOB]), true, id)
  for (const id of all('bob', INVISIBLE)) t.equal(await world.has(id, [BOB]), false, id)
  t.strictSame(
    await world.have(['ann/team', 'bob/team', 'bob/deleted', 'ann/deleted'], [BOB]),
    [true, true, false, false],
    'in one request',
  )
  t.equal(await world.has('bob/team'), false, 'what is remembered depends on the mailboxes, too')
  t.equal(world.classes.find(world.served, world.query(['bob/team'])), undefined)
  t.not(world.classes.find(world.served, world.query(['bob/team'], [BOB])), undefined)
  const more = ['eve@example.com', BOB]
  for (const folders of [['bob/team'], []])
    t.equal(
      world.classes.find(world.served, world.query(folders, more)),
      undefined,
      'unknown roots',
    )
  t.equal(new World().classes.find(world.served, world.query([])), undefined)
})

t.test('a folder that is open alone has a class without the root of its mailbox', async t => {
  const world = new World()
  for (const name of ['msgfolderroot', 'root']) world.closed.add(`bob/${name}`)
  t.strictSame(await world.have(['bob/calendar', 'bob/team', 'bob/other', 'bob/deleted'], [BOB]), [
    true,
    true,
    false,
    false,
  ])
  for (const name of ['calendar', 'contacts', 'inbox', 'notes', 'tasks']) {
    const opened = new World()
    for (const closed of ['msgfolderroot', 'root']) opened.closed.add(`bob/${closed}`)
    opened.folders[`bob/${name}`] = folder('bob/msgfolderroot')
    t.equal(await opened.has(`bob/${name}`, [BOB]), true, name)
  }
})

t.test('no folder has a class at a server that has no roots', async t => {
  const world = new World()
  for (const id of Object.keys(world.folders))
    if (/\/(archive)?(msgfolderroot|calendar)$/.test(id)) world.closed.add(id)
  for (const id of all('ann', [...VISIBLE, ...INVISIBLE])) t.equal(await world.has(id), false, id)
})

t.test('a folder has a class only if its type is reported as that of ordinary folders', async t => {
  for (const [types, expected] of [
    [[[TYPE, '1']], true],
    [[['PropertyTag="13825"', '1']], true],
    [[], false],
    [[[TYPE, '']], false],
    [[[TYPE, ' 1']], false],
    [[[TYPE, '0']], false],
    [[[TYPE, '2']], false],
    [[[TYPE, '3']], false],
    [
      [
        [TYPE, '1'],
        [TYPE, '2'],
      ],
      false,
    ],
    [
      [
        [TYPE, '2'],
        [TYPE, '1'],
      ],
      false,
    ],
    [[['PropertyTag="0x3602"', '1']], false],
    [[['PropertyName="0x3601"', '1']], false],
    [[['PropertyTag="x"', '1']], false],
  ] as const) {
    const world = new World()
    world.folders['ann/other'] = folder('ann/msgfolderroot', { types })
    const about = JSON.stringify(types)
    t.equal(await world.has('ann/other'), expected, about)
    t.equal(await world.has('ann/nested'), expected, `${about} of the folder above`)
  }
})

t.test('a folder has no class if the answer about it contains another one', async t => {
  const world = new World()
  world.twins.add('ann/other')
  t.strictSame(await world.have(['ann/other', 'ann/nested', 'ann/team']), [false, false, true])
  const roots = new World()
  roots.twins.add('ann/msgfolderroot')
  t.strictSame(await roots.have(['ann/other', 'ann/team']), [false, true], 'nor is that a root')
})

t.test('a folder is hidden if a folder above it is', async t => {
  for (const [hidden, expected] of [
    [[], false],
    [['false'], false],
    [['0'], false],
    [['true'], true],
    [[''], true],
    [['true', 'false'], true],
  ] as const) {
    const world = new World()
    world.folders['ann/other'] = folder('ann/msgfolderroot', { hidden })
    const query = world.query(['ann/other', 'ann/deep'])
    const both = [{ isHidden: expected }, { isHidden: expected }]
    t.match((await world.classes.classesOf(world.served, query, 'p')).folders, both)
    t.match(world.classes.find(world.served, query)?.folders, both, 'remembered')
  }
  const world = new World()
  world.folders['ann/deep'] = folder('ann/nested', { hidden: ['true'] })
  const { folders } = await world.classes.classesOf(world.served, world.query(['ann/deep']), 'p')
  t.match(folders, [{ isHidden: true }], 'even if none above it is')
})

t.test('R34 folders are asked for once by level, at most 16 times', async t => {
  const world = new World()
  const since = () => world.asked.splice(0)
  t.strictSame(await world.have(['ann/team', 'ann/other']), [true, true])
  t.strictSame(since(), ['GetFolder 2'])
  t.equal(await world.has('ann/deep'), true)
  t.strictSame(since(), ['GetFolder 1', 'GetFolder 1'], 'up to a folder that is known')
  t.strictSame(await world.have(all('ann', VISIBLE.slice(1))), [true, true, true, true, true])
  t.strictSame(since(), ['GetFolder 1'], 'the archive alone was not known')

  for (let depth = 0; depth < 20; depth += 1)
    world.folders[`level ${depth}`] = folder(depth === 0 ? 'ann/calendar' : `level ${depth - 1}`)
  t.equal(await world.has('level 16'), false)
  t.equal(since().length, 16)
  t.equal(await world.has('level 15'), true)
  t.equal(since().length, 16)
  t.equal(await world.has('level 19'), true, 'from a folder that is known')
  t.equal(since().length, 4)

  world.folders['a'] = folder('b')
  world.folders['b'] = folder('a')
  t.equal(await world.has('a'), false, 'folders that contain each other')
  t.equal(since().length, 2)
})

t.test('a folder is remembered for a minute after the oldest answer that places it', async t => {
  const world = new World()
  const knows = (id: string) => world.classes.find(world.served, world.query([id])) !== undefined
  t.equal(await world.has('ann/other'), true)
  world.now += 40_000
  t.equal(await world.has('ann/deep'), true)
  world.now += 19_999
  t.ok(knows('ann/deep'))
  world.now += 1
  t.equal(await world.has('ann/calendar'), true, 'the roots are known again')
  t.notOk(knows('ann/deep'), 'the folder above was asked for a minute ago')

  t.equal(await world.has('ann/deep'), true)
  world.classes.forget(ORGANIZATION.id, ANN.id)
  t.notOk(knows('ann/deep'), 'a request has changed something')
})

t.test('a folder that is moved while the upstream answers is not remembered', async t => {
  const world = new World()
  t.equal(await world.has('ann/calendar'), true, 'the roots are known')
  world.onWay = async () => {
    world.folders['ann/nested'] = folder('ann/deletions')
    world.classes.forget(ORGANIZATION.id, ANN.id)
    t.equal(await world.has('ann/other'), true, 'another request places the folder above')
  }
  await world.has('ann/nested')
  t.equal(world.classes.find(world.served, world.query(['ann/nested'])), undefined)
  t.equal(await world.has('ann/nested'), false)
})

t.test('items have the class of a folder that has one', async t => {
  const world = new World()
  const ids = ['ann/team', 'ann/deleted', 'bob/team', 'bob/search', 'public']
  const items = ids.map(id => `item in ${id}`)
  const found = async (mailboxes: readonly string[]) => {
    const query = world.query([], mailboxes, items)
    const { items: places } = await world.classes.classesOf(world.served, query, 'p')
    return places.map(place => place !== undefined)
  }
  t.strictSame(await found([]), [true, false, false, false, false])
  t.strictSame(await found([BOB]), [true, false, true, false, false])
})

t.test('an item in a drafts folder is a draft if the server marks none', async t => {
  const places = ['ann/drafts', 'ann/below drafts', 'ann/team', 'bob/drafts']
  const query = (world: World, mailboxes: readonly string[]) =>
    world.query(
      [],
      mailboxes,
      places.map(place => `item in ${place}`),
    )
  for (const [kind, mailboxes, expected] of [
    ['grommunio', [], [true, false, false, undefined]],
    ['grommunio', [BOB], [true, false, false, true]],
    ['exchange', [BOB], [false, false, false, false]],
    ['other', [BOB], [false, false, false, false]],
    [undefined, [BOB], [false, false, false, false]],
  ] as const) {
    const world = new World()
    const organization = { ...world.served.organization, ...(kind && { kind }) }
    const served = { ...world.served, organization }
    const asked = await world.classes.classesOf(served, query(world, mailboxes), 'p')
    t.strictSame(
      asked.items.map(item => item?.isDraft),
      expected,
      `${kind}`,
    )
    if (mailboxes.length === 0) continue
    const known = world.classes.find(served, query(world, mailboxes))
    t.strictSame(known, asked, `${kind}: what is remembered`)
  }
  const marking = new World()
  marking.change = messages =>
    messages.map(message =>
      message.replace('<t:ItemClass>', '<t:IsDraft>true</t:IsDraft><t:ItemClass>'),
    )
  const { items } = await marking.classes.classesOf(marking.served, query(marking, []), 'p')
  t.equal(items[2]?.isDraft, true, 'a mark counts in every folder')
  const without = new World()
  without.closed.add('ann/drafts')
  const organization = { ...without.served.organization, kind: 'grommunio' as const }
  const served = { ...without.served, organization }
  without.folders['ann/drafts'] = folder('ann/msgfolderroot')
  const asked = await without.classes.classesOf(served, query(without, []), 'p')
  t.equal(asked.items[0]?.isDraft, undefined, 'a drafts folder that the server does not open')
})

t.test(
  'nothing has a class if a response has other messages than objects were asked for',
  async t => {
    for (const [what, change] of [
      ['none', () => []],
      ['fewer', messages => messages.slice(1)],
      ['more', messages => [...messages, ...messages.slice(0, 1)]],
    ] as const satisfies readonly (readonly [string, World['change']])[]) {
      const world = new World()
      world.change = change
      t.strictSame(await world.have(['ann/team', 'ann/calendar']), [false, false], what)
      t.equal(world.asked.length, 1, `${what}: it is not asked again`)
      world.change = messages => messages
      t.strictSame(
        await world.have(['ann/team', 'ann/calendar']),
        [true, true],
        'none is remembered',
      )

      const query = world.query([], [], ['item in ann/team', 'item in ann/other'])
      const nothing = { folders: [], items: [undefined, undefined] }
      world.change = change
      t.strictSame(await world.classes.classesOf(world.served, query, 'p'), nothing, what)
      t.equal(world.classes.find(world.served, query), undefined)
    }
  },
)

t.test('an item has no class if the answer about it contains another one', async t => {
  const world = new World()
  world.twinItems.add('item in ann/other')
  const query = world.query([], [], ['item in ann/other', 'item in ann/team'])
  const { items } = await world.classes.classesOf(world.served, query, 'p')
  t.strictSame(
    items.map(item => item?.itemClass),
    [undefined, 'IPM.Appointment'],
  )
})

t.test('items are asked for once, with their folders', async t => {
  const world = new World()
  const query = world.query(['ann/other'], [], ['item in ann/team', 'item in ann/other'])
  const result = await world.classes.classesOf(world.served, query, 'p')
  t.strictSame(world.asked.splice(0), ['GetItem 2', 'GetFolder 2'])
  t.match(result.items, [{ folder: { container: 'IPF.Appointment' } }, { folder: Object }])
  t.strictSame(world.classes.find(world.served, query), result)
  t.strictSame(await world.classes.classesOf(world.served, query, 'p'), result)
  t.strictSame(world.asked, [])

  const [more, unknown] = [['item in ann/team', 'item in ann/nested'], ['item in public']]
  t.equal(world.classes.find(world.served, world.query([], [], more)), undefined)
  await world.classes.classesOf(world.served, world.query([], [], more), 'p')
  t.strictSame(world.asked.splice(0), ['GetItem 1', 'GetFolder 1'], 'the one that is not known')
  const { items } = await world.classes.classesOf(world.served, world.query([], [], unknown), 'p')
  t.strictSame(items, [undefined])
  t.equal(world.classes.find(world.served, world.query([], [], unknown)), undefined)
})

t.test(
  'a class is remembered for the user, organization, and address that it was asked for',
  async t => {
    const world = new World()
    const query = world.query(['ann/team'])
    await world.classes.classesOf(world.served, query, 'p')
    const { organization, ...served } = world.served
    const other = { ...organization, id: organizationId('m-11111111111111111111111111111111') }
    for (const [what, known] of [
      ['user', world.classes.find(world.served, { ...query, user: { ...ANN, id: USER.id } })],
      [
        'address',
        world.classes.find(world.served, { ...query, user: { ...ANN, primarySmtpAddress: BOB } }),
      ],
      ['organization', world.classes.find({ ...served, organization: other }, query)],
    ] as const)
      t.equal(known, undefined, `another ${what}`)
    world.classes.forget(other.id, ANN.id)
    world.classes.forget(organization.id, USER.id)
    t.not(world.classes.find(world.served, query), undefined, 'nothing else is forgotten')
  },
)

t.test('a response to a request before a change is not remembered', async t => {
  const world = new World()
  const query = world.query(['ann/deep'])
  world.answering = () => world.classes.forget(ORGANIZATION.id, ANN.id)
  t.match((await world.classes.classesOf(world.served, query, 'p')).folders, [{ isHidden: false }])
  t.equal(world.classes.find(world.served, query), undefined)
  world.answering = () => undefined
  await world.classes.classesOf(world.served, query, 'p')
  t.not(world.classes.find(world.served, query), undefined)
})

t.test('a change of one of very many users stays known', async t => {
  const world = new World()
  const query = world.query(['ann/team'])
  const isKnown = () => world.classes.find(world.served, query) !== undefined
  await world.classes.classesOf(world.served, query, 'p')
  world.classes.forget(ORGANIZATION.id, ANN.id)
  for (let i = 0; i < 100_000; i += 1) world.classes.forget(ORGANIZATION.id, userId(`u-${i}`))
  t.notOk(isKnown())
  await world.classes.classesOf(world.served, query, 'p')
  t.ok(isKnown(), 'a class that was asked for since')
})

t.test('a class is unknown if the clock was set back', async t => {
  const world = new World()
  await world.has('ann/team')
  world.now -= 59_999
  t.not(world.classes.find(world.served, world.query(['ann/team'])), undefined)
  world.now -= 1
  t.equal(world.classes.find(world.served, world.query(['ann/team'])), undefined)
})

t.test('a request fails if the upstream is busy', async t => {
  const world = new World()
  world.change = messages => [...messages.slice(1), BUSY]
  for (const query of [world.query(['ann/team']), world.query([], [], ['item in ann/team'])])
    await t.rejects(world.classes.classesOf(world.served, query, 'p'), THROTTLED)
})

t.test('all requests for the classes of a request take at most 30 s', async t => {
  const world = new World()
  let tookMs = 10_000
  world.answering = () => {
    world.now += tookMs
  }
  for (let depth = 0; depth < 4; depth += 1)
    world.folders[`level ${depth}`] = folder(depth === 0 ? 'ann/calendar' : `level ${depth - 1}`)
  t.equal(await world.has('level 2'), true)
  t.strictSame(world.asked.splice(0), ['GetFolder 1', 'GetFolder 1', 'GetFolder 1'])
  world.classes.forget(ORGANIZATION.id, ANN.id)
  await t.rejects(world.has('level 3'), { reason: 'upstream-timeout', message: /in time/ })
  t.equal(world.asked.length, 3)
  world.classes.forget(ORGANIZATION.id, ANN.id)
  tookMs = 29_999
  t.equal(await world.has('level 1'), true)
  t.equal(world.asked.length, 3 + 2, 'a millisecond is left for the second')
})
