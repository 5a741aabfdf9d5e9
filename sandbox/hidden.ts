/**
 * Effects of the hidden content of a mailbox: inbox rules, apps, and roaming settings, as servers
 * derive them from properties and associated items.
 *
 * @module
 */

import type { Mailbox } from './mailbox.ts'
import { mapiValue } from './mapi-senders.ts'
import type { Folder, Item } from './store.ts'

/** One effect of hidden content. `item` is a hidden item without any other effect. `grant`: others get access. */
export type Hidden = Readonly<{ kind: 'rule' | 'app' | 'setting' | 'item' | 'grant'; by: string }>

const FOLDER_RULES = 0x3fe1
const RULES = [
  ...[0x0e99, 0x0e9a, 0x0e9b, 0x65e9, 0x65ea, 0x65eb, 0x65ec, 0x65ed, 0x65ee, 0x65f3],
  ...[0x6674, 0x6676, 0x6677, 0x6678, 0x6679, 0x6680, 0x6681, 0x6682, 0x6683, 0x6684],
]
/** Elements and properties of a folder that hold its permissions. */
const PERMISSIONS = ['PermissionSet', 'CalendarPermissionSet']
const PERMISSION_TAGS = [0x0e27, 0x0e84, 0x3fe0]
const ROAMING = [0x7c06, 0x7c07, 0x7c08, 0x7c09]
const MESSAGE_CLASS = 0x001a

/** Lists all effects in a user's mailbox and archive. Mailboxes in equal states have equal lists. */
export const hiddenIn = (mailbox: Mailbox): readonly Hidden[] => [
  ...[mailbox.primary, mailbox.archive]
    .flatMap(store => [...store.folders.values()])
    .flatMap(folder => [
      ...ofFolder(folder),
      ...[...folder.items.values()].flatMap(item => ofItem(item)),
    ]),
  ...[...mailbox.configurations.keys()].map(ofConfiguration),
  ...[...mailbox.conversationActions].map(
    ([id, action]): Hidden => ({ kind: 'rule', by: `${action} of conversation ${id}` }),
  ),
  ...[...mailbox.accepted].map((by): Hidden => ({ kind: 'grant', by })),
]

function ofFolder({ displayName, properties }: Folder): readonly Hidden[] {
  if (properties.size === 0) return []
  const entry = (kind: Hidden['kind'], by: string) => ({
    kind,
    by: `${by} of folder ${displayName}`,
  })
  const byTag = (kind: Hidden['kind'], tags: readonly number[]) =>
    tags
      .filter(tag => mapiValue(properties, tag) !== undefined)
      .map(tag => entry(kind, `property ${hex(tag)}`))
  return [
    ...byTag('rule', [FOLDER_RULES]),
    ...byTag('grant', PERMISSION_TAGS),
    ...PERMISSIONS.filter(name => properties.has(name)).map(name => entry('grant', name)),
  ]
}

function ofItem(item: Item): readonly Hidden[] {
  const { counter, extended, properties, isAssociated } = item
  const has = (tag: number) => mapiValue(extended, tag) !== undefined
  const entry = (kind: Hidden['kind'], by: string): Hidden => ({
    kind,
    by: `${by} of item ${counter}`,
  })
  const byTag = (kind: Hidden['kind'], tags: readonly number[]) =>
    tags.filter(has).map(tag => entry(kind, `property ${hex(tag)}`))
  const itemClass = mapiValue(extended, MESSAGE_CLASS) ?? properties.get('ItemClass')?.text ?? ''
  return [
    ...byTag('rule', RULES),
    ...byTag('setting', ROAMING),
    ...(isAssociated ? [entry(kindOfClass(itemClass), `class ${itemClass}`)] : []),
  ]
}

function kindOfClass(itemClass: string): Hidden['kind'] {
  if (/^\s*IPM\.(Rule|ExtendedRule)/i.test(itemClass)) return 'rule'
  if (!/^\s*IPM\.Configuration\./i.test(itemClass)) return 'item'
  return isApp(itemClass.trim().slice('IPM.Configuration.'.length)) ? 'app' : 'setting'
}

const ofConfiguration = (key: string): Hidden => {
  const name = key.slice(key.indexOf(' ') + 1)
  return { kind: isApp(name.trim()) ? 'app' : 'setting', by: `configuration ${name}` }
}

const isApp = (name: string) => /^(ExtensionMasterTable$|ClientExtension(\.|$))/i.test(name)

const hex = (tag: number) => `0x${tag.toString(16).padStart(4, '0')}`
