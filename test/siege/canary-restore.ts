/**
 * Undoes the changes of mailboxes of a sandbox.
 *
 * @module
 */

import type { Mailbox } from '../../sandbox/mailbox.ts'
import type { Folder, Item, MailStore } from '../../sandbox/store.ts'

/** Returns functions that restore the present content of the stores of mailboxes. */
export const restorersOf = (mailboxes: readonly Mailbox[]): ReadonlyMap<MailStore, () => void> =>
  new Map(
    mailboxes
      .flatMap(({ primary, archive }) => [primary, archive])
      .map(store => [store, storeOf(store)] as const),
  )

function storeOf(store: MailStore): () => void {
  const folders = [...store.folders.values()].map(folder => [folder, folderOf(folder)] as const)
  return () => {
    store.tombstones.length = 0
    store.folders.clear()
    for (const [folder, restore] of folders) {
      store.folders.set(folder.counter, folder)
      restore()
    }
  }
}

function folderOf(folder: Folder): () => void {
  const { parent, displayName, folderClass, changed } = folder
  const properties = refillerOf(folder.properties)
  const items = [...folder.items.values()].map(item => [item, itemOf(item)] as const)
  return () => {
    Object.assign(folder, { parent, displayName, folderClass, changed })
    folder.tombstones.length = 0
    properties()
    folder.items.clear()
    for (const [item, restore] of items) {
      folder.items.set(item.counter, item)
      restore()
    }
  }
}

function itemOf(item: Item): () => void {
  const state = { ...item }
  const properties = refillerOf(item.properties)
  const extended = refillerOf(item.extended)
  const attachments = [...item.attachments]
  return () => {
    Object.assign(item, state, { attachments: [...attachments] })
    properties()
    extended()
  }
}

function refillerOf<Key, Value>(map: Map<Key, Value>): () => void {
  const entries = [...map]
  return () => {
    map.clear()
    for (const [key, value] of entries) map.set(key, value)
  }
}
