/**
 * The page of the profiles, made from their table.
 *
 * @module
 */

import { OPERATIONS } from '../../src/ews/operations.ts'
import { FOLDER_CLASSES, PROFILES, type ProfileName } from '../../src/model/profile.ts'
import { containersOf, foldersOf } from '../../src/policy/folder-classes.ts'
import {
  ABILITY_NAMES,
  type Ability,
  abilityOf,
  operationsOf,
  RULINGS,
} from '../../src/policy/profile-abilities.ts'
import { type Access, accessOf, profileNamed, wordsOf } from '../../src/policy/profiles.ts'

/** Returns the page that says what each profile allows. */
export function profilesPage(): string {
  return [
    INTRODUCTION,
    classesSection(),
    ...PROFILES.map(profileSection),
    rulingsSection(),
    restSection(),
  ].join('\n')
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`

const list = (phrases: readonly string[]): string => phrases.map(phrase => `- ${phrase}\n`).join('')

function profileSection(name: ProfileName): string {
  const { version, purpose } = profileNamed(name)
  const { can, cannot } = wordsOf(name)
  const abilities = ABILITY_NAMES.flatMap(ability => rowsOf(name, ability))
  return (
    `## ${name}\n\nVersion ${version}. ${purpose}\n\nThe role can, as far as its type, guard, and rules allow:\n\n` +
    `${list(can)}\nThe role can't:\n\n${list(cannot)}\n` +
    `${row('operations', 'folders')}${row('---', '---')}${abilities.join('')}`
  )
}

function rowsOf(name: ProfileName, ability: Ability): readonly string[] {
  const operations = operationsOf(ability)
  const access = accessOf(name, operations[0] as string)
  return access === 'none' ? [] : [row(operations.join(', '), accessText(access))]
}

const accessText = (access: Access): string =>
  typeof access === 'string' ? access : FOLDER_CLASSES.filter(c => access.includes(c)).join(', ')

function classesSection(): string {
  const rows = FOLDER_CLASSES.map(name =>
    row(
      name,
      foldersOf(name).join(', '),
      containersOf(name)
        .map(container => `\`${container}\``)
        .join(', '),
    ),
  )
  return (
    `## Classes of folders\n\n${CLASSES}\n` +
    `${row('class', 'distinguished folders', 'container classes')}${row('---', '---', '---')}${rows.join('')}`
  )
}

function rulingsSection(): string {
  const rows = RULINGS.map(({ operation, ruling, reason }) => row(operation, ruling, reason))
  return `## Rulings\n\n${ABOUT_RULINGS}\n${row('operation', 'ruling', 'reason')}${row('---', '---', '---')}${rows.join('')}`
}

function restSection(): string {
  const rest = Object.keys(OPERATIONS).filter(name => abilityOf(name) === undefined)
  return `## Operations in no profile\n\nEvery profile denies these operations: ${rest.join(', ')}.\n`
}

const INTRODUCTION = `# Profiles

<!-- Written by \`npm run docs\` from src/policy/profiles.ts: change it there. -->

This page is for administrators who give tools roles. It lists what each profile allows.

A profile narrows a role below its type: it allows some operations, in some folders. It never allows what the type, the
[guard](guard.md), or the rules of the role deny. A role has at most one profile. Requests that the profile denies get
ErrorAccessDenied with the reason \`outside-profile\`. Audit records contain the profile and its version, which increases with
each change of the profile in a release of the gateway.

A role can also have its own limits: operations that it allows or denies by name, with or without a profile.
[PutRoleProfile](api.md#putroleprofile) replaces both. They also apply to issued tokens, open streams, and uploads:

\`\`\`bash
ews-gateway api PutRoleProfile '{"OrganizationId":"m-0123456789abcdef0123456789abcdef","ImpersonationRoleId":"ROLE","Profile":"mail-read"}'
\`\`\`

To change rules and profile at once, use [PutImpersonationRole](api.md#putimpersonationrole) with \`Profile\`, as the console does. The caller also needs
the permission PutRoleProfile.

Upgrade all gateways of a store before you choose a profile: a gateway of an earlier version does not know profiles.

For IDs, the gateway asks the server as the impersonated user: at most once for all items of a request, and once for all
folders. For a folder in other folders, it asks again for those, level by level, until it knows one of them, at most 16 times and
30 seconds in all. It remembers the answers for at most a minute. A request can name at most 500 folders and items.
`

const CLASSES = `Some profiles are limited to classes of folders. Distinguished folders have a class by their name. For a folder
that a request names by its ID, the class follows from the container class that the server reports. An item has the class of
its folder, and its item class must belong to the same profile, so a mail in a calendar is in neither profile. The gateway denies
what has no class: public folders, search folders, and container and item classes that are not listed. Deleted items are a mail
folder, whatever they contain.

A folder that a request names by its ID must also be visible: it must be below the root that the users of its mailbox
see, or below their calendar, contacts, inbox, notes, or tasks, and the server must report the type (property 0x3601) of
the folder, and of those between, as that of folders with items of their own. Otherwise it has no class. So recoverable
items, search folders, and public folders are denied, even if the server reports a container class for them.

This also applies to the mailboxes of other users. With [Mailboxes](guard.md#mailboxes) \`permitted\`, or while mailboxes are
protected, the gateway must know the owner of an ID or the request must name the mailbox. With \`any\`, the request must
name the mailbox, so an item of another user can't be read by its ID alone. The first 20 other mailboxes of a request count.
`

const ABOUT_RULINGS = `The gateway doesn't filter responses. Under a profile that is limited to classes of folders, it denies an operation
whose response could contain more than the named folders, or allows a part of it.
`
