/**
 * Files that recent commits changed.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'

/**
 * Returns the paths that the last commits changed; undefined if the history doesn't reach that far,
 * as in a shallow clone or a package.
 */
export function changedFiles(root: string, commits: number): ReadonlySet<string> | undefined {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  try {
    const names = git('diff', '--name-only', '--relative', `HEAD~${commits}`, 'HEAD')
    return new Set(names.split('\n').filter(name => name !== ''))
  } catch {
    return undefined
  }
}
