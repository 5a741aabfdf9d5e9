/**
 * The table of profiles: what each profile allows, by operation and class of folders.
 *
 * A profile lists the abilities that it allows, each with classes of folders. Everything else is denied.
 *
 * @module
 */

import { FOLDER_CLASSES, type FolderClass, type ProfileName } from '../model/profile.ts'
import {
  ABILITY_NAMES,
  type Ability,
  abilityOf,
  reachOfAbility,
  wordsOfAbility,
} from './profile-abilities.ts'

/** Classes of folders in which an ability is allowed. `any`: in all folders, even in those of unknown classes. */
type Classes = readonly FolderClass[] | 'any'

/**
 * Mail that a profile can send: everything, only invitations, responses, and cancellations of meetings, or nothing.
 */
export type Sending = 'anything' | 'meetings' | 'nothing'

export type Profile = Readonly<{
  /** Increases with each change of the profile. Audit records contain it. */
  version: number
  /** Tools that the profile is for. */
  purpose: string
  abilities: Readonly<Partial<Record<Ability, Classes>>>
  sending: Sending
  /** Whether items can be deleted or moved to the deleted items. */
  deleting: boolean
  /** Whether only drafts can be changed, and new items only be saved as drafts. */
  draftsOnly: boolean
}>

type Abilities = Profile['abilities']

/** Returns abilities that read folders of some classes. */
const reading = (...classes: readonly FolderClass[]): Abilities => ({
  'read-items': classes,
  attachments: classes,
  'open-folders': [...classes, 'root'],
  'list-folders': [...classes, 'root'],
  notifications: classes,
  events: classes,
  'convert-ids': classes,
  service: 'any',
})

/** Returns abilities that change items and folders of a class. */
const writing = (classes: FolderClass): Abilities => ({
  'create-items': [classes],
  'change-items': [classes],
  'move-items': [classes],
  'create-folders': [classes],
  'change-folders': [classes],
  'delete-items': [classes],
})

/** Returns all abilities in all folders, except some. */
const allExcept = (...excluded: readonly Ability[]): Abilities =>
  Object.fromEntries(
    ABILITY_NAMES.filter(name => !excluded.includes(name)).map(name => [name, 'any'] as const),
  )

const all = (...abilities: readonly Ability[]): Abilities =>
  Object.fromEntries(abilities.map(name => [name, 'any'] as const))

const QUIET = { sending: 'nothing', deleting: false, draftsOnly: false } as const
const DRAFTS: Abilities = { 'create-items': ['mail'], 'change-items': ['mail'] }

const TABLE: Readonly<Record<ProfileName, Profile>> = {
  'calendar-read': {
    ...QUIET,
    version: 1,
    purpose: 'Tools that show calendars.',
    abilities: { ...reading('calendar'), availability: ['calendar'], ...all('rooms') },
  },
  'calendar-write': {
    version: 1,
    purpose: 'Tools that make and change appointments, such as booking and CRM systems.',
    abilities: {
      ...reading('calendar'),
      ...writing('calendar'),
      availability: ['calendar'],
      names: ['calendar'],
      ...all('rooms', 'address-book'),
    },
    sending: 'meetings',
    deleting: true,
    draftsOnly: false,
  },
  'contacts-sync': {
    ...QUIET,
    version: 1,
    purpose: 'Tools that keep contacts the same in two systems.',
    abilities: {
      ...reading('contacts'),
      ...writing('contacts'),
      names: ['contacts'],
      ...all('address-book'),
    },
    deleting: true,
  },
  tasks: {
    ...QUIET,
    version: 1,
    purpose: 'Tools that read and change tasks.',
    abilities: { ...reading('tasks'), ...writing('tasks') },
    deleting: true,
  },
  'mail-read': {
    ...QUIET,
    version: 1,
    purpose: 'Tools that read mail, such as ticket and search systems.',
    abilities: reading('mail'),
  },
  'mail-draft': {
    ...QUIET,
    version: 1,
    purpose: 'Tools that read mail and prepare replies that a person sends.',
    abilities: {
      ...reading('mail'),
      ...DRAFTS,
      names: ['mail'],
      ...all('address-book'),
    },
    draftsOnly: true,
  },
  'export-only': {
    ...QUIET,
    version: 1,
    purpose: 'Tools that back up mailboxes.',
    abilities: all(
      'read-items',
      'attachments',
      'open-folders',
      'list-folders',
      'notifications',
      'events',
      'export',
      'convert-ids',
      'service',
    ),
  },
  'import-only': {
    ...QUIET,
    version: 1,
    purpose: 'Tools that move mailboxes to this server. They see folders, but no items.',
    abilities: all(
      'open-folders',
      'list-folders',
      'create-items',
      'import',
      'create-folders',
      'create-paths',
      'convert-ids',
      'service',
    ),
  },
  'no-send': {
    version: 1,
    purpose: 'Tools that may do everything that the role allows, except send.',
    abilities: allExcept('send', 'inbox-rules', 'out-of-office'),
    sending: 'nothing',
    deleting: true,
    draftsOnly: false,
  },
  'no-delete': {
    version: 1,
    purpose: 'Tools that may do everything that the role allows, except delete.',
    abilities: allExcept('delete-items', 'delete-folders', 'delete-settings', 'inbox-rules'),
    sending: 'anything',
    deleting: false,
    draftsOnly: false,
  },
  'room-panel': {
    ...QUIET,
    version: 1,
    purpose: 'Panels at the doors of rooms.',
    abilities: {
      'read-items': ['calendar'],
      'open-folders': ['calendar', 'root'],
      notifications: ['calendar'],
      events: ['calendar'],
      availability: ['calendar'],
      'convert-ids': ['calendar'],
      ...all('rooms', 'service'),
    },
  },
  agent: {
    ...QUIET,
    version: 1,
    purpose: 'AI agents that read a mailbox and prepare drafts.',
    abilities: {
      ...reading('mail', 'calendar', 'contacts', 'tasks', 'notes'),
      ...DRAFTS,
      availability: ['calendar'],
      names: ['contacts'],
      ...all('rooms', 'address-book'),
    },
    draftsOnly: true,
  },
}

export const profileNamed = (name: ProfileName): Profile => TABLE[name]

/** Returns a profile; undefined if only a later version of the gateway knows it. */
export const findProfile = (name: string): Profile | undefined =>
  Object.hasOwn(TABLE, name) ? TABLE[name as ProfileName] : undefined

/**
 * Classes of folders in which a profile allows an operation. `none`: the operation is denied. `any`: the operation is
 * allowed whatever the body names, or only if it names nothing in a mailbox if the profile has classes.
 */
export type Access = readonly FolderClass[] | 'any' | 'none'

/** Returns in which folders a profile allows an operation. An unknown profile allows nothing. */
export function accessOf(profile: ProfileName, operation: string): Access {
  const ability = abilityOf(operation)
  const classes = ability && findProfile(profile)?.abilities[ability]
  if (ability === undefined || classes === undefined) return 'none'
  if (classes === 'any') return 'any'
  switch (reachOfAbility(ability)) {
    case 'named':
    case 'watched':
      return classes
    case 'calendar':
      return classes.includes('calendar') ? 'any' : 'none'
    case 'nothing':
      return 'any'
    case 'everything':
      return 'none'
  }
}

/** Descriptions of everything that a profile allows and denies, which follow "can" and "can't". */
export type ProfileWords = Readonly<{ can: readonly string[]; cannot: readonly string[] }>

/** Describes a profile in words. */
export function wordsOf(name: ProfileName): ProfileWords {
  const { abilities, sending, deleting, draftsOnly } = profileNamed(name)
  const isAllowed = (ability: Ability) => abilities[ability] !== undefined
  const can = ABILITY_NAMES.filter(isAllowed).map(
    ability => wordsOfAbility(ability) + placeOf(ability, abilities[ability]),
  )
  const cannot = ABILITY_NAMES.filter(ability => !isAllowed(ability)).map(wordsOfAbility)
  if (sending === 'meetings')
    can.push(
      'send invitations, responses, and cancellations of meetings',
      'see the folder of sent items, and save copies of responses and cancellations in it',
    )
  if (sending === 'nothing' && isAllowed('create-items'))
    cannot.push('send anything while saving or changing items')
  if (!deleting && isAllowed('move-items'))
    cannot.push(
      'move items to the deleted items or to a folder that is named by its ID',
      'respond to meeting requests, because servers then delete the request',
    )
  if (draftsOnly)
    cannot.push('save items outside of the drafts, or change items that are no drafts')
  return { can, cannot }
}

function placeOf(ability: Ability, classes: Classes | undefined): string {
  const reach = reachOfAbility(ability)
  if (classes === undefined || classes === 'any') return ''
  if (ability === 'names')
    return classes.includes('contacts')
      ? ', also in contacts'
      : ' in the address book of the server'
  if ((reach !== 'named' && reach !== 'watched') || ability === 'convert-ids') return ''
  const named = FOLDER_CLASSES.filter(name => classes.includes(name) && name !== 'root')
  const root = classes.includes('root') ? ' and the root' : ''
  return ` (${named.join(', ')}${root})`
}
