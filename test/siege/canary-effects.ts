/**
 * Effects of a request: what it read, saved, changed, removed, sent, and set in the sandbox.
 *
 * @module
 */

import type { Folder, Item, StoreEvent } from '../../sandbox/store.ts'
import type { XmlElement } from '../../sandbox/xml.ts'
import type { CanaryMailboxes, Run } from './canary-mailboxes.ts'
import type { Place } from './canary-plants.ts'
import type { SettingPlace } from './canary-settings.ts'
import { isSending } from './server/rules.ts'
import type { Understanding } from './understanding.ts'

/** Effects of a request that the gateway forwarded. */
export type Effects = Readonly<{
  /** Name of the operation. */
  operation: string
  /** User as which the gateway let the request run. */
  actAs: string
  run: Run
  /** Understanding that all readers share; absent if the request has only one reading. */
  meant?: Understanding
  /** Canaries that the answer contains. */
  heard: readonly Place[]
  /** Canaries whose file the answer contains. */
  files: readonly Place[]
  /** Canaries whose IDs the answer contains. */
  told: readonly Place[]
  /** Canaries whose folders' IDs the answer contains, one for each folder. */
  toldFolders: readonly Place[]
  /** Addresses of the entries of the address book that the answer contains. */
  addresses: readonly string[]
  /** Settings that the answer contains. */
  settings: readonly SettingPlace[]
  /** Actions that the server takes later because of the request. */
  later: readonly Later[]
  /** New items, except those that were delivered. */
  saved: readonly Item[]
  /** Canaries that changed. */
  changed: readonly Place[]
  /** Canaries that disappeared, or were moved to deleted items. */
  removed: readonly Place[]
  /** Items that were moved or copied, with the folders. */
  moved: readonly Readonly<{ type: StoreEvent['type']; from: Folder; to: Folder }>[]
  /** Whether an item was moved to the deleted items, or to a folder of items that can be recovered. */
  binned: boolean
  /** Folders that contain a change, and the change in words. Deliveries don't count. */
  touched: readonly Readonly<{ folder: Folder; how: string }>[]
  folders: Readonly<Record<'made' | 'changed' | 'moved' | 'removed', readonly Folder[]>>
  /** Canaries in the content of saved and changed items and of sent messages, except their own. */
  carried: readonly Place[]
}>

/** Action that a server takes later, because of a rule, a reminder by mail, or a retention tag. */
export type Later = 'sends' | 'deletes' | 'archives'

export type EffectsInput = Pick<Effects, 'operation' | 'actAs' | 'run' | 'meant'>

const BIN = /deleted|recoverable/

/** Derives the effects from a run. */
export function effectsOf(input: EffectsInput, mailboxes: CanaryMailboxes): Effects {
  const { run } = input
  const delivered = new Set(run.events.filter(({ type }) => type === 'NewMail').map(itemOf))
  const events = run.events.filter(
    event => event.item === undefined || !delivered.has(itemOf(event)),
  )
  const ofItems = events.filter(({ item }) => item !== undefined)
  const made = new Set(ofItems.filter(({ type }) => isNew(type)).map(itemOf))
  const existing = (types: readonly StoreEvent['type'][]) =>
    ofItems
      .filter(({ type }) => types.includes(type))
      .flatMap(event => mailboxes.placeOfItem(itemOf(event)) ?? [])
  const moves = ofItems.flatMap(({ type, folder, from }) =>
    from && (type === 'Moved' || type === 'Copied') ? [{ type, from, to: folder }] : [],
  )
  const isBin = ({ distinguishedId = '' }: Folder) => BIN.test(distinguishedId)
  // An item of a bin that is archived was removed before.
  const gone = moves.filter(
    ({ type, from, to }) =>
      type === 'Moved' && isBin(to) && !(isBin(from.folder) && to.store.isArchive),
  )
  const changed = existing(['Modified'])
  const content = [...made, ...changed.map(({ item }) => item)]
  return {
    ...input,
    heard: mailboxes.heardIn(run.answer),
    files: mailboxes.filesIn(run.answer),
    told: toldIn(run.answer, mailboxes),
    toldFolders: placesIn(run.answer, /<t:FolderId Id="([^"]*)"/g, id => mailboxes.placeOf(id)),
    addresses: mailboxes.directoryEntriesIn(run.answer),
    settings: mailboxes.settingsIn(run.answer),
    later: [
      ...content.flatMap(({ properties }) => laterBy(properties)),
      ...events.flatMap(({ item, folder, type }) =>
        item === undefined && type !== 'Deleted' ? laterBy(folder.properties) : [],
      ),
      ...run.set.flatMap(({ what, value }): Later[] =>
        what === 'rules' && typeof value === 'object' && isSending(value) ? ['sends'] : [],
      ),
    ],
    saved: ofItems.filter(({ type }) => type === 'Created').map(itemOf),
    changed,
    removed: [
      ...existing(['Deleted']).filter(({ item }) => !moves.some(({ from }) => from.item === item)),
      ...gone.flatMap(({ from }) => mailboxes.placeOfItem(from.item as Item) ?? []),
    ],
    moved: moves.map(({ type, from, to }) => ({ type, from: from.folder, to })),
    binned: gone.length > 0,
    touched: events.flatMap(touchedBy),
    folders: foldersIn(events),
    carried: content.flatMap(item => carriedIn(item, mailboxes)),
  }
}

const placesIn = (
  answer: string,
  pattern: RegExp,
  placeOf: (id: string) => Place | undefined,
): Place[] => [...answer.matchAll(pattern)].flatMap(([, id = '']) => placeOf(id) ?? [])

const toldIn = (answer: string, mailboxes: CanaryMailboxes): Place[] => [
  ...placesIn(answer, /Item(?:Id Id|Id)="([^"]*)"/g, id => mailboxes.placeOf(id)),
  ...placesIn(answer, /<m:AlternateId [^>]*\bId="([^"]*)"/g, id => mailboxes.placeOfAny(id)),
]

/** Properties by which a server does something later. No canary has one. */
const DELAYED: readonly (readonly [property: string, later: Later])[] = [
  ['InboxReminders', 'sends'],
  ['PolicyTag', 'deletes'],
  ['ArchiveTag', 'archives'],
]

const laterBy = (properties: ReadonlyMap<string, XmlElement>): Later[] =>
  DELAYED.flatMap(([name, later]) => {
    const property = properties.get(name)
    return property && property.children.length + property.text.length > 0 ? [later] : []
  })

const itemOf = (event: StoreEvent) => event.item as Item
const isNew = (type: StoreEvent['type']) =>
  type === 'Created' || type === 'Moved' || type === 'Copied'

/** Returns the folders that an event changes: also that in which a folder appears, and those that are moved with it. */
const touchedBy = ({ type, folder, item, from }: StoreEvent) =>
  [
    folder,
    ...(from ? [from.folder] : []),
    ...(item === undefined && type !== 'Modified' && folder.parent ? [folder.parent] : []),
    ...(item === undefined && type === 'Moved' ? below(folder) : []),
  ].map(one => ({
    folder: one,
    how: `${type.toLowerCase()} ${item === undefined ? 'folder' : 'item'}`,
  }))

const below = (folder: Folder): readonly Folder[] =>
  folder.store.childrenOf(folder).flatMap(child => [child, ...below(child)])

function foldersIn(events: readonly StoreEvent[]): Effects['folders'] {
  const by = (wanted: StoreEvent['type']) =>
    events
      .filter(({ type, item }) => item === undefined && type === wanted)
      .map(({ folder }) => folder)
  return {
    made: [...by('Created'), ...by('Copied')],
    changed: by('Modified'),
    moved: by('Moved'),
    removed: by('Deleted'),
  }
}

function carriedIn(item: Item, mailboxes: CanaryMailboxes): Place[] {
  const own = mailboxes.placeOfItem(item)
  const texts = [...item.properties.values(), ...item.extended.values()].map(textOf)
  const files = item.attachments.map(({ name, content }) => `${name} ${content?.toString() ?? ''}`)
  return mailboxes.heardIn([...texts, ...files].join(' ')).filter(place => place !== own)
}

const textOf = ({ text, children }: XmlElement): string => [text, ...children.map(textOf)].join(' ')

/** Names of effects. */
const EFFECTS = {
  'reads items': ({ heard }) => heard.length > 0,
  'reads files': ({ files }) => files.length > 0,
  'reads settings': ({ settings }) => settings.length > 0,
  'tells items': ({ told }) => told.length > 0,
  'tells folders': ({ toldFolders }) => toldFolders.length > 0,
  'tells addresses': ({ addresses }) => addresses.length > 0,
  'saves items': ({ saved }) => saved.length > 0,
  'changes items': ({ changed }) => changed.length > 0,
  'moves items': ({ moved }) => moved.some(({ type }) => type === 'Moved'),
  'copies items': ({ moved }) => moved.some(({ type }) => type === 'Copied'),
  'removes items': ({ removed }) => removed.length > 0,
  'makes folders': ({ folders }) => folders.made.length > 0,
  'changes folders': ({ folders }) => folders.changed.length > 0,
  'moves folders': ({ folders }) => folders.moved.length > 0,
  'removes folders': ({ folders }) => folders.removed.length > 0,
  sends: ({ run }) => run.sent.some(({ itemClass }) => itemClass !== RECEIPT),
  'sends receipts': ({ run }) => run.sent.some(({ itemClass }) => itemClass === RECEIPT),
  'sends later': ({ later }) => later.includes('sends'),
  'deletes later': ({ later }) => later.includes('deletes'),
  'archives later': ({ later }) => later.includes('archives'),
  'grants access': ({ run }) => run.hidden.some(({ kind }) => kind === 'grant'),
  'makes rules': ({ run }) => run.hidden.some(({ kind }) => kind === 'rule'),
  'hides items': ({ run }) => run.hidden.some(({ kind }) => kind === 'item'),
  'installs apps': ({ run }) => run.hidden.some(({ kind }) => kind === 'app'),
  'sets settings': ({ run }) =>
    run.set.length > 0 || run.hidden.some(({ kind }) => kind === 'setting'),
  watches: ({ run }) => run.subscribed.length > 0,
  'ends watches': ({ run }) => run.ended.length > 0,
} as const satisfies Record<string, (effects: Effects) => boolean>

const RECEIPT = 'REPORT.IPM.Note.IPNRN'

export type EffectName = keyof typeof EFFECTS

/** Returns the names of the effects. */
export const namesOf = (effects: Effects): readonly EffectName[] =>
  (Object.keys(EFFECTS) as EffectName[]).filter(name => EFFECTS[name](effects))
