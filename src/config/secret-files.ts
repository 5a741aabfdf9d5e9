/**
 * Files with the secrets of a configuration.
 *
 * @module
 */

import { statSync } from 'node:fs'
import { accessWarning } from '../model/file-access.ts'
import { Secret } from '../model/secret.ts'

/** Returns a warning for each file with a secret that other users can access. */
export function openSecretFiles(tree: unknown): readonly string[] {
  return [...new Set(filesIn(tree))].flatMap(file => {
    const stats = statSync(file, { throwIfNoEntry: false })
    return (stats && accessWarning('the secret', file, stats)) ?? []
  })
}

function filesIn(tree: unknown): readonly string[] {
  if (tree instanceof Secret) return tree.file === undefined ? [] : [tree.file]
  if (typeof tree !== 'object' || tree === null) return []
  return Object.values(tree).flatMap(filesIn)
}
