/**
 * Operations that the sandbox supports, by request element.
 *
 * @module
 */

import type { Scheduler } from '../options.ts'
import { createAttachment, deleteAttachment, getAttachment } from './attachments.ts'
import { getMailTips, getUserAvailability } from './availability.ts'
import {
  createUserConfiguration,
  deleteUserConfiguration,
  updateUserConfiguration,
} from './configurations.ts'
import { applyConversationAction } from './conversations.ts'
import { convertId } from './convert-id.ts'
import { createItem } from './create-item.ts'
import { exportItems, uploadItems } from './export.ts'
import { findItems } from './find-item.ts'
import {
  createFolder,
  deleteFolder,
  emptyFolder,
  findFolders,
  getFolder,
  moveFolder,
  updateFolder,
} from './folders.ts'
import { copyItem, deleteItem, getItem, moveItem, sendItem } from './items.ts'
import { expandDL, getRoomLists, getRooms, resolveNames } from './names.ts'
import { getEvents, getStreamingEvents, subscribe, unsubscribe } from './notifications.ts'
import type { Operation } from './operation.ts'
import {
  getDelegate,
  getInboxRules,
  getUserConfiguration,
  getUserOofSettings,
  setUserOofSettings,
} from './settings.ts'
import { syncFolderHierarchy, syncFolderItems } from './sync.ts'
import { getServerTimeZones } from './time-zones.ts'
import { updateItem } from './update-item.ts'

/** Operations that create inbox rules, apps, and settings, so that tests can observe them. */
const HIDDEN_CONTENT: readonly (readonly [string, Operation])[] = [
  ['ApplyConversationAction', applyConversationAction],
  ['CreateUserConfiguration', createUserConfiguration],
  ['DeleteUserConfiguration', deleteUserConfiguration],
  ['UpdateUserConfiguration', updateUserConfiguration],
]

/**
 * Returns the operations by the local name of their request element, by which Exchange finds them.
 *
 * @param gromox - whether to add the operations that create inbox rules, apps, and settings
 */
export const operationTable = (
  schedule: Scheduler,
  gromox: boolean,
): ReadonlyMap<string, Operation> =>
  new Map<string, Operation>([
    ...(gromox ? HIDDEN_CONTENT : []),
    ['ConvertId', convertId],
    ['CopyItem', copyItem],
    ['CreateAttachment', createAttachment],
    ['CreateFolder', createFolder],
    ['CreateItem', createItem],
    ['DeleteAttachment', deleteAttachment],
    ['DeleteFolder', deleteFolder],
    ['DeleteItem', deleteItem],
    ['EmptyFolder', emptyFolder],
    ['ExpandDL', expandDL],
    ['ExportItems', exportItems],
    ['FindFolder', findFolders],
    ['FindItem', findItems],
    ['GetAttachment', getAttachment],
    ['GetDelegate', getDelegate],
    ['GetEvents', getEvents],
    ['GetFolder', getFolder],
    ['GetInboxRules', getInboxRules],
    ['GetItem', getItem],
    ['GetMailTips', getMailTips],
    ['GetRoomLists', getRoomLists],
    ['GetRooms', getRooms],
    ['GetServerTimeZones', getServerTimeZones],
    ['GetStreamingEvents', getStreamingEvents(schedule)],
    ['GetUserAvailabilityRequest', getUserAvailability],
    ['GetUserConfiguration', getUserConfiguration],
    ['GetUserOofSettingsRequest', getUserOofSettings],
    ['MoveFolder', moveFolder],
    ['MoveItem', moveItem],
    ['ResolveNames', resolveNames],
    ['SendItem', sendItem],
    ['SetUserOofSettingsRequest', setUserOofSettings],
    ['Subscribe', subscribe],
    ['SyncFolderHierarchy', syncFolderHierarchy],
    ['SyncFolderItems', syncFolderItems],
    ['Unsubscribe', unsubscribe],
    ['UpdateFolder', updateFolder],
    ['UpdateItem', updateItem],
    ['UploadItems', uploadItems],
  ])
