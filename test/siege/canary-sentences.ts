/**
 * Sentences of docs/profiles.md after "The role can't", and the effects that each excludes.
 *
 * @module
 */

import type { Effects } from './canary-effects.ts'
import type { SettingKind } from './canary-settings.ts'
import type { Reached, Violation } from './canary-verdict.ts'

type Check = (effects: Effects, reached: Reached) => string | false | undefined

/** Enforced by the list of operations, which is compared with each request. */
const byOperation: Check = () => undefined

/** Classes of items that belong to meetings. */
export const MEETING = /^IPM\.(Schedule\.Meeting|Appointment)/i

const sends: Check = ({ run, later }) =>
  run.sent.length > 0 ? 'sends' : later.includes('sends') && 'makes the server send later'
const changes: Check = ({ changed, operation }) =>
  changed.length > 0 &&
  (operation === 'CreateAttachment' ? 'attaches to an item that exists' : 'changes an item')

const SENTENCES: Readonly<Record<string, Check>> = {
  'search all folders at once, read whole conversations, and read reminders': byOperation,
  'export items as backups do': byOperation,
  'save new items': ({ saved, run }) =>
    saved.length > 0 && run.executed.length > 0 && 'saves an item',
  'change items and add attachments to them': changes,
  'move and copy items between these folders': ({ moved, operation }) =>
    moved.length > 0 && !/^(Delete|Empty|Send)/.test(operation) && 'moves or copies an item',
  'archive items, mark items as junk, mark whole folders as read, and move conversations': ({
    later,
    moved,
  }) =>
    later.includes('archives')
      ? 'makes the server archive later'
      : moved.some(({ from, to }) => to.store.isArchive && !from.store.isArchive) &&
        'archives an item',
  'upload exported items': byOperation,
  'create folders': ({ folders, operation }) =>
    folders.made.length > 0 && operation !== 'CreateFolderPath' && 'creates a folder',
  'create paths of folders': byOperation,
  'rename and change folders': ({ folders }) => folders.changed.length > 0 && 'changes a folder',
  'move and copy whole folders': ({ folders, operation }) =>
    folders.moved.length > 0 && operation !== 'DeleteFolder' && 'moves a folder',
  'delete items and attachments': ({ removed, later, operation }) =>
    removed.length > 0 && operation !== 'SendItem'
      ? 'removes an item'
      : later.includes('deletes') && 'makes the server delete later',
  'delete and empty folders': ({ folders }) => folders.removed.length > 0 && 'removes a folder',
  'send mail, report messages, and start phone calls': (effects, reached) => {
    const { run } = effects
    if (reached.by.limits.can?.has(MEETINGS) !== true) return sends(effects, reached)
    return run.sent.some(({ itemClass }) => !MEETING.test(itemClass)) && 'sends mail'
  },
  'search the address book of the server': ({ addresses, operation }) =>
    addresses.length > 0 && operation !== 'ResolveNames' && 'tells entries of the address book',
  'resolve names': ({ addresses, operation }) =>
    addresses.length > 0 && operation === 'ResolveNames' && 'resolves names',
  // Mail tips have the replies that all senders get.
  'read settings of the mailbox, such as delegates, inbox rules, and out-of-office replies': ({
    settings,
    operation,
  }) => settings.length > 0 && operation !== 'GetMailTips' && 'reads a setting',
  'change settings of the mailbox, such as delegates, contact groups, and user configurations': ({
    run,
  }) => run.set.some(({ what }) => OF_MAILBOXES.has(what)) && 'changes a setting',
  'delete contact groups, user configurations, and search suggestions': ({ run }) =>
    run.set.some(({ what, value }) => what === 'configurations' && value === undefined) &&
    'deletes a user configuration',
  'change inbox rules': ({ run }) =>
    run.hidden.some(({ kind }) => kind === 'rule') && 'creates an inbox rule',
  'change out-of-office replies': ({ run }) =>
    run.set.some(({ what }) => what === 'oof') && 'sets out-of-office replies',
  'read free/busy times': byOperation,
  'list rooms': byOperation,
  'send anything while saving or changing items': sends,
  'save items outside of the drafts, or change items that are no drafts': outsideDrafts,
  'read items': ({ heard }) => heard.length > 0 && 'reads an item',
  'read attachments': ({ files }) => files.length > 0 && 'reads an attachment',
  'subscribe to changes': byOperation,
  'get notifications of changes': byOperation,
  'list folders': byOperation,
  'move items to the deleted items or to a folder that is named by its ID': ({ binned }) =>
    binned && 'moves an item to the deleted items',
  'respond to meeting requests, because servers then delete the request': ({ removed }) =>
    removed.some(({ element }) => element === 'MeetingRequest') && 'responds to a meeting request',
}

/** Settings that sentences about the mailbox mean. Rules and out-of-office replies have sentences of their own. */
const OF_MAILBOXES: ReadonlySet<SettingKind> = new Set(['configurations', 'delegates'])

/** Sentence of profiles that send what belongs to meetings only. */
const MEETINGS = 'send invitations, responses, and cancellations of meetings'

function outsideDrafts({ saved, changed }: Effects, { marksDrafts }: Reached): string | undefined {
  if (saved.some(({ folder }) => folder.distinguishedId !== 'drafts'))
    return 'saves an item outside of the drafts'
  if (marksDrafts && saved.some(({ properties }) => properties.get('IsDraft')?.text === 'false'))
    return 'saves an item that is no draft'
  return changed.some(({ isDraft, name }) => !isDraft && name !== 'drafts')
    ? 'changes an item that is no draft'
    : undefined
}

/** Returns the first sentence of the role's profile that a request broke. */
export function brokenSentence(reached: Reached): Violation | undefined {
  for (const sentence of reached.by.limits.cannot) {
    const check = SENTENCES[sentence]
    if (check === undefined)
      throw new Error(`test/siege/canary-sentences.ts knows no effect of "${sentence}"`)
    const effect = check(reached.effects, reached)
    if (effect) return { promise: `profiles.md: can't ${sentence}`, effect }
  }
  return undefined
}
