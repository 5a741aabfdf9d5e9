/**
 * The table of profiles decides every operation in every class of folders, and changes only with its version.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { profilesPage } from '../../scripts/docs/profiles.ts'
import { OPERATIONS, type OperationName } from '../../src/ews/operations.ts'
import { FOLDER_CLASSES, PROFILES, type ProfileName } from '../../src/model/profile.ts'
import {
  ABILITY_NAMES,
  abilityOf,
  operationsOf,
  RULINGS,
  reachOfAbility,
} from '../../src/policy/profile-abilities.ts'
import { accessOf, findProfile, profileNamed, wordsOf } from '../../src/policy/profiles.ts'
import { allowsIn } from './allows-in.ts'

const NAMES = Object.keys(OPERATIONS) as OperationName[]

/** Versions of the profiles, and hashes of what they allow. A new hash needs a new version. */
const VERSIONS: Readonly<Record<ProfileName, string>> = {
  'calendar-read': '1 67871c041b7bdb12',
  'calendar-write': '1 189b7416a54cf8f9',
  'contacts-sync': '1 3f74981062404a0a',
  tasks: '1 8f2a4367ab95836f',
  'mail-read': '1 76dcfeec8071399c',
  'mail-draft': '1 c349478c2e8f3a99',
  'export-only': '1 dedfe4d4bfa312cd',
  'import-only': '1 0201dd3ff39267c2',
  'no-send': '1 06b4b6fa0ab647c8',
  'no-delete': '1 1a3bac31feb2cfce',
  'room-panel': '1 55c2f8516f29a79a',
  agent: '1 5fa3f145aad27c57',
}

/** The only operations that each limited profile allows to change something, by name. */
const CHANGES: Readonly<Partial<Record<ProfileName, string>>> = {
  'calendar-read': '',
  'mail-read': '',
  'export-only': '',
  'room-panel': '',
  'mail-draft': 'CreateAttachment CreateItem UpdateItem',
  agent: 'CreateAttachment CreateItem UpdateItem',
  'import-only': 'CreateFolder CreateFolderPath CreateItem UploadItems',
  tasks:
    'CopyItem CreateAttachment CreateFolder CreateItem DeleteAttachment DeleteItem MoveItem ' +
    'UpdateFolder UpdateItem',
}

/** Operations that can return the content of items. */
const READS = NAMES.filter(name => {
  const { class: of, neutral }: { class: string; neutral?: boolean } = OPERATIONS[name]
  return of === 'read' && neutral !== true
})

/** Classes of folders that each limited profile can't reach. */
const UNREACHED: Readonly<Partial<Record<ProfileName, string>>> = {
  'calendar-read': 'mail contacts tasks notes other hidden',
  'calendar-write': 'mail contacts tasks notes other hidden',
  'contacts-sync': 'mail calendar tasks notes other hidden',
  tasks: 'mail calendar contacts notes other hidden',
  'mail-read': 'calendar contacts tasks notes other hidden',
  'mail-draft': 'calendar contacts tasks notes other hidden',
  'room-panel': 'mail contacts tasks notes other hidden',
  agent: 'other hidden',
}

t.test('every operation is in at most one ability, and every ability has operations', async t => {
  const used = ABILITY_NAMES.flatMap(operationsOf)
  t.equal(new Set(used).size, used.length)
  t.strictSame(
    used.filter(name => !(name in OPERATIONS)),
    [],
  )
  for (const name of NAMES) {
    const { class: of, wsdl, readOnlyAllowed } = OPERATIONS[name]
    const isOpen = (wsdl || readOnlyAllowed) && of !== 'admin' && of !== 'token'
    t.equal(abilityOf(name) !== undefined, isOpen, name)
  }
})

t.test('every operation, class, and profile is decided', async t => {
  let decided = 0
  for (const profile of PROFILES)
    for (const name of NAMES)
      for (const folder of [...FOLDER_CLASSES, undefined]) {
        const access = accessOf(profile, name)
        const isListed = folder !== undefined && access.includes(folder)
        decided += 1
        if (allowsIn(profile, name, folder) !== (access === 'any' || isListed))
          t.fail(`${profile} ${name} ${folder}`)
      }
  t.equal(decided, 12 * 248 * 9)
})

t.test('limited profiles change only what they must, and read only their folders', async t => {
  const isChange = (name: OperationName) => !/read|session/.test(OPERATIONS[name].class)
  for (const [profile, names] of Object.entries(CHANGES)) {
    const allowed = NAMES.filter(name => accessOf(profile as ProfileName, name) !== 'none')
    t.equal(allowed.filter(isChange).sort().join(' '), names, profile)
  }
  for (const [profile, classes] of Object.entries(UNREACHED))
    for (const folder of [...classes.split(' '), undefined] as (typeof FOLDER_CLASSES)[number][]) {
      const reached = NAMES.filter(
        name => !['any', 'none'].includes(accessOf(profile as ProfileName, name) as string),
      ).filter(name => allowsIn(profile as ProfileName, name, folder))
      t.strictSame(reached, [], `${profile} ${folder}`)
      const unlimited = READS.filter(name => accessOf(profile as ProfileName, name) === 'any')
      t.strictSame(
        unlimited.filter(
          name =>
            !/^(Find(AvailableMeetingTimes|MeetingTimeCandidates)|GetServiceConfiguration|GetUserPhoto)$/.test(
              name,
            ),
        ),
        [],
        `${profile} has no read that ignores folders`,
      )
    }
})

t.test('no-send and no-delete deny what their names say', async t => {
  const open = NAMES.filter(name => abilityOf(name) !== undefined)
  const denied = (profile: ProfileName) =>
    open.filter(name => accessOf(profile, name) === 'none').join(' ')
  t.equal(
    denied('no-send'),
    'PlayOnPhone ReportMessage SendItem SetUserOofSettings UpdateInboxRules',
  )
  t.equal(
    denied('no-delete'),
    'DeleteAttachment DeleteFolder DeleteItem DeleteSearchSuggestion DeleteUserConfiguration ' +
      'EmptyFolder RemoveContactFromImList RemoveDistributionGroupFromImList ' +
      'RemoveImContactFromGroup RemoveImGroup UpdateInboxRules',
  )
})

t.test('a profile changes only with its version', async t => {
  for (const profile of PROFILES) {
    const { version, sending, deleting, draftsOnly } = profileNamed(profile)
    const table = NAMES.map(name => `${name} ${[...accessOf(profile, name)].join(',')}`)
    const hash = createHash('sha256')
      .update([sending, deleting, draftsOnly, ...table].join('\n'))
      .digest('hex')
    t.equal(`${version} ${hash.slice(0, 16)}`, VERSIONS[profile], profile)
  }
})

t.test('words about a profile name every ability once', async t => {
  for (const profile of PROFILES) {
    const { can, cannot } = wordsOf(profile)
    t.ok(can.length + cannot.length >= ABILITY_NAMES.length, profile)
    t.equal(new Set([...can, ...cannot]).size, can.length + cannot.length, profile)
  }
  for (const { operation, ruling } of RULINGS)
    if (operation in OPERATIONS)
      t.equal(
        accessOf('mail-read', operation) === 'none',
        ruling === 'deny' || ['ExpandDL', 'ResolveNames'].includes(operation),
        operation,
      )
})

t.test('docs/profiles.md is what `npm run docs` writes', async t => {
  t.equal(profilesPage(), readFileSync('docs/profiles.md', 'utf8'))
})

/** Abilities that don't only reach the folders that a request names. */
const WIDE = {
  watched: ['events'],
  everything: [
    'search',
    'export',
    'mark-items',
    'import',
    'create-paths',
    'move-folders',
    'delete-folders',
    'send',
    'settings',
    'change-settings',
    'delete-settings',
    'inbox-rules',
    'out-of-office',
  ],
  calendar: ['availability'],
  nothing: ['rooms', 'address-book', 'service'],
}

t.test('an ability reaches what this table says', async t => {
  const { named: _, ...wide } = Object.groupBy(ABILITY_NAMES, reachOfAbility)
  t.strictSame(wide, WIDE)
})

t.test('a profile with the name of a member of all objects is unknown', async t => {
  for (const name of ['constructor', 'toString', '__proto__', '']) {
    t.equal(findProfile(name), undefined, name)
    t.equal(accessOf(name as ProfileName, 'GetItem'), 'none', name)
  }
})
