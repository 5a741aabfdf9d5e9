/**
 * Operations of Exchange that the sandbox doesn't have, as its documentation describes them, so that their effects can
 * be looked up.
 *
 * @module
 */

import type { Operation } from '../../../sandbox/operations/operation.ts'
import {
  archiveItem,
  copyFolder,
  createFolderPath,
  markAllItemsAsRead,
  markAsJunk,
} from './bulk.ts'
import { findConversation, getConversationItems } from './conversations.ts'
import { addDelegate, getDelegate, removeDelegate, updateDelegate } from './delegates.ts'
import type { ServerSettings } from './mailbox-settings.ts'
import { getInboxRules, updateInboxRules } from './rules.ts'

/** Returns the operations by the name of their request element. */
export const moreOperations = (
  settings: ServerSettings,
): readonly (readonly [requestElement: string, Operation])[] => [
  ['AddDelegate', addDelegate(settings)],
  ['ArchiveItem', archiveItem],
  ['CopyFolder', copyFolder],
  ['CreateFolderPath', createFolderPath],
  ['FindConversation', findConversation],
  ['GetConversationItems', getConversationItems],
  ['GetDelegate', getDelegate(settings)],
  ['GetInboxRules', getInboxRules(settings)],
  ['MarkAllItemsAsRead', markAllItemsAsRead],
  ['MarkAsJunk', markAsJunk(settings)],
  ['RemoveDelegate', removeDelegate(settings)],
  ['UpdateDelegate', updateDelegate(settings)],
  ['UpdateInboxRules', updateInboxRules(settings)],
]
