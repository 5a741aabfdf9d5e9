/**
 * Reads WorkMail data from a folder of files that the AWS CLI printed: one per command, with the requested ID
 * in its name.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type WorkMail, type WorkMailCall, WorkMailError } from './workmail.ts'

const OPTIONS = [
  ['ImpersonationRoleId', 'impersonation-role-id'],
  ['EntityId', 'entity-id'],
  ['GroupId', 'group-id'],
] as const

/** IDs that can be part of a file name. */
const ID = /^[\w-]{1,256}$/

/** Reads stored responses from a folder. */
export class WorkMailFolder implements WorkMail {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async call({ operation, input }: WorkMailCall): Promise<unknown> {
    const id = input['ImpersonationRoleId'] ?? input['EntityId'] ?? input['GroupId']
    if (id !== undefined && !ID.test(id))
      throw new WorkMailError(`The ID ${JSON.stringify(id)} cannot be part of a file name`)
    const command = operation.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase()
    const file = join(this.#folder, `${command}${id === undefined ? '' : `-${id}`}.json`)
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch (error) {
      const option = OPTIONS.find(([member]) => input[member] !== undefined)?.[1]
      const of = id === undefined ? '' : ` --${option} ${id}`
      throw new WorkMailError(
        `Cannot read ${file}: ${(error as Error).message}. It must have the JSON output of aws workmail ${command}${of}`,
        { cause: error },
      )
    }
  }
}
