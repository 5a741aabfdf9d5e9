/**
 * Effects that roles had inside of their limits. Without it, a run that denies everything would find nothing.
 *
 * @module
 */

import type { Effects } from './canary-effects.ts'
import { SUBJECTS } from './canary-roles.ts'
import { MEETING } from './canary-sentences.ts'
import type { Counter } from './part.ts'

/** Sentences after "The role can", with effects that show that it can. All others are shown by their operations. */
const SHOWN: Readonly<Record<string, (effects: Effects) => boolean>> = {
  'read items': ({ heard, operation }) => heard.length > 0 && operation === 'GetItem',
  'read attachments': ({ files }) => files.length > 0,
  'export items as backups do': ({ heard, operation }) =>
    heard.length > 0 && operation === 'ExportItems',
  'save new items and attachments': ({ saved }) => saved.length > 0,
  'change items': ({ changed }) => changed.length > 0,
  'move and copy items between these folders': ({ moved }) => moved.length > 0,
  'upload exported items': ({ saved, operation }) =>
    saved.length > 0 && operation === 'UploadItems',
  'create folders': ({ folders }) => folders.made.length > 0,
  'rename and change folders': ({ folders }) => folders.changed.length > 0,
  'move and copy whole folders': ({ folders }) => folders.moved.length > 0,
  'delete items and attachments': ({ removed }) => removed.length > 0,
  'delete and empty folders': ({ folders }) => folders.removed.length > 0,
  'send mail, report messages, and start phone calls': ({ run }) => run.sent.length > 0,
  'send invitations, responses, and cancellations of meetings': ({ run }) =>
    run.sent.some(({ itemClass }) => MEETING.test(itemClass)),
  'change out-of-office replies': ({ run }) => run.set.some(({ what }) => what === 'oof'),
}

/** Returns names of what a role did, for a counter. */
export const shownBy = (subject: string, effects: Effects): readonly string[] => [
  `${subject}: ${effects.operation}`,
  ...Object.entries(SHOWN)
    .filter(([, isShown]) => isShown(effects))
    .map(([sentence]) => `${subject}: ${sentence}`),
]

/** Returns what the documentation promises that a role can do, and that no request of a long run did. */
export const neverShown = (
  counter: Counter,
  isConstructed: (operation: string) => boolean,
): readonly string[] =>
  SUBJECTS.filter(({ hasEnded }) => !hasEnded).flatMap(({ name, limits }) =>
    [
      ...[...(limits.can ?? [])].filter(sentence => Object.hasOwn(SHOWN, sentence)),
      ...[...(limits.operations?.keys() ?? [])].filter(
        operation => isConstructed(operation) && !limits.denied.has(operation),
      ),
    ]
      .map(promised => `${name}: ${promised}`)
      .filter(key => counter.count(key) === 0),
  )
