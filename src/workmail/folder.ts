/**
 * A folder with what the AWS CLI has printed: a file for each command, with the id that it was
 * asked for in its name.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Asked, type WorkMail, WorkMailError } from './workmail.ts'

const OPTIONS = [
  ['ImpersonationRoleId', 'impersonation-role-id'],
  ['EntityId', 'entity-id'],
  ['GroupId', 'group-id'],
] as const

/** Ids become parts of file names. */
const ID = /^[\w-]{1,256}$/

export class WorkMailFolder implements WorkMail {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async call({ operation, input }: Asked): Promise<unknown> {
    const id = input['ImpersonationRoleId'] ?? input['EntityId'] ?? input['GroupId']
    if (id !== undefined && !ID.test(id))
      throw new WorkMailError(`${JSON.stringify(id)} cannot be part of a file's name`)
    const command = operation.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase()
    const file = join(this.#folder, `${command}${id === undefined ? '' : `-${id}`}.json`)
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch (error) {
      const option = OPTIONS.find(([member]) => input[member] !== undefined)?.[1]
      const of = id === undefined ? '' : ` --${option} ${id}`
      throw new WorkMailError(
        `${file} must be what \`aws workmail ${command}${of}\` prints as JSON: ${(error as Error).message}`,
        { cause: error },
      )
    }
  }
}
