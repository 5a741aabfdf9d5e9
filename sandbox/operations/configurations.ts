/**
 * CreateUserConfiguration, UpdateUserConfiguration, DeleteUserConfiguration.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { findFolder } from '../locate.ts'
import type { Mailbox } from '../mailbox.ts'
import type { XmlElement } from '../xml.ts'
import { type Call, type Operation, respondOnce } from './operation.ts'

const one = (operation: string, run: () => void) =>
  respondOnce(operation, () => {
    run()
    return []
  })

/** Returns the mailbox and the key of a configuration in it. */
function keyOf(call: Call, name: XmlElement | undefined) {
  const folder = findFolder(call, name?.children[0])
  const owner: Mailbox | undefined = call.exchange.byAddress(folder.store.owner)
  if (owner === undefined || name === undefined) throw new ResponseError('ErrorItemNotFound')
  return { owner, key: `${folder.counter} ${name.attribute('Name')}` }
}

const write =
  (operation: string): Operation =>
  call =>
    one(operation, () => {
      const given = call.request.child('UserConfiguration')
      const { owner, key } = keyOf(call, given?.child('UserConfigurationName'))
      if (given !== undefined) owner.configurations.set(key, given)
    })

/** Stores a configuration in a folder. */
export const createUserConfiguration: Operation = write('CreateUserConfiguration')
/** Replaces a configuration. */
export const updateUserConfiguration: Operation = write('UpdateUserConfiguration')

/** Removes a configuration. */
export const deleteUserConfiguration: Operation = call =>
  one('DeleteUserConfiguration', () => {
    const { owner, key } = keyOf(call, call.request.child('UserConfigurationName'))
    if (!owner.configurations.delete(key)) throw new ResponseError('ErrorItemNotFound')
  })
