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
import { surfaceSections } from './surface.ts'

/** Returns the page that says what each profile allows. */
export function profilesPage(): string {
  return [
    INTRODUCTION,
    classesSection(),
    EFFECTS,
    ...PROFILES.map(profileSection),
    rulingsSection(),
    restSection(),
    surfaceSections(),
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
[PutImpersonationRole](api.md#putimpersonationrole) replaces both with \`Profile\`, as the console does. They also apply to issued tokens, open
streams, and uploads. The caller also needs the permission PutRoleProfile:

\`\`\`bash
ews-gateway api PutImpersonationRole '{"OrganizationId":"m-0123456789abcdef0123456789abcdef","ImpersonationRoleId":"ROLE","Profile":{"Profile":"mail-read"}}'
\`\`\`

For IDs, the gateway asks the server as the impersonated user: at most once for all items of a request, and once for all
folders. For a folder in other folders, it asks again for those, level by level, until it knows one of them, at most 16 times and
30 seconds in all. It remembers the answers for at most a minute. A request can name at most 500 folders and items.
`

const CLASSES = `Some profiles are limited to classes of folders. Distinguished folders have a class by their name. For a folder
that a request names by its ID, the class follows from the container class that the server reports. An item has the class of
its folder, and its item class must belong to the same profile, so a mail in a calendar is in neither profile. Public folders,
search folders, and container and item classes that are not listed have no class, so they are in no profile. Deleted items are a
mail folder.

One rule applies to everything that is outside of a profile, also to an item in a folder that is inside:

- In lists of items and folders, it is left out. If the client doesn't ask for the class of an item or folder, the name of its
  element decides, such as \`Contact\`. Notes and journal entries have no element of their own, so they count as mail then.
- In a request for several items, attachments, or folders, its result says that it isn't there (ErrorItemNotFound,
  ErrorFolderNotFound). The others get their results.
- Notifications have only IDs, also those of items that lists leave out.
- A request that names nothing else is denied, and so is a request that changes something and names it.

The numbers of items that a server reports for a folder or a search also count what is left out. The audit record of a
request has their number: \`leftOut\`.

A folder that a request names by its ID must also be visible: it must be below the root that the users of its mailbox
see, or below their calendar, contacts, inbox, notes, or tasks, and the server must report the type (property 0x3601) of
the folder, and of those between, as that of folders with items of their own. Otherwise it has no class. So recoverable
items, search folders, and public folders are denied, even if the server reports a container class for them.

This also applies to the mailboxes of other users. With [Mailboxes](guard.md#mailboxes) \`permitted\`, or while mailboxes are
protected, the gateway must know the owner of an ID or the request must name the mailbox. With \`any\`, the request must
name the mailbox, so an item of another user can't be read by its ID alone. The first 20 other mailboxes of a request count.

Some profiles can change drafts only. A draft is an item that the server marks as one. grommunio doesn't mark what CreateItem saves,
so with \`upstream.kind: grommunio\` every item in the drafts folder itself is a draft, too.
`

const EFFECTS = `## New items

If CreateItem names no folder (SavedItemFolderId), the server chooses one. Exchange chooses by the kind of the item: the drafts for a
Message, the calendar, the contacts, or the tasks, and the inbox for a PostItem and for all others. grommunio always chooses the outbox.

- A profile for drafts needs the drafts folder in SavedItemFolderId. Without a folder, it allows only elements \`Message\` of
  the class \`IPM.Note\`, and only with \`upstream.kind: exchange\`. Replies need the folder, too. It also denies what makes a message look
  received or sent: IsDraft, IsSubmitted, and the property 0x0E07, except for the values \`8\` and \`9\` in an item of CreateItem, which
  mean that the message is unsent.
- Other profiles that are limited to classes of folders need a folder, except with \`upstream.kind: exchange\`. Responses to meetings need none.

A profile that saves new items, but doesn't change items, denies everything that changes or copies a stored item: an upload whose CreateAction
is not CreateNew, or that names an item; CreateAttachment; and responses such as ReplyToItem and AcceptItem.

A profile that doesn't delete also denies responses to meetings and to requests for approval, because servers then delete the request; an
update of item:Attachments; and retention tags, by which servers delete items later. A profile that doesn't archive items denies archive tags.

A profile that doesn't send denies what counts as [sending](guard.md#items-in-the-request) for the guard.
`

const ABOUT_RULINGS = `Under a profile that is limited to classes of folders, the gateway denies an operation whose response could contain more
than the named folders (\`deny\`), allows a part of it (\`narrow\`), or leaves out of the response what is outside (\`filter\`).
`
