/**
 * Finds the test files near what changed in the checkout.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { NearTests } from './near.ts'

/** Maximum number of small tests of a changed file, and of tests that start a gateway. */
const NEAREST = { small: 12, large: 4 }

/**
 * Returns the candidates near the files that differ from the last commit. If none does, those near the files that the
 * last commit changed.
 */
export function filesNearChanges(root: string, candidates: ReadonlySet<string>): Set<string> {
  const changed = changedFiles(root)
  const near = new NearTests(root, ['**'])
  const found = new Set<string>()
  for (const file of changed) {
    const loading = near.of(file)
    const all = loading.length > 0 ? loading : near.naming(file)
    const tests = all.filter(({ test }) => candidates.has(test))
    const nearest = [
      ...tests.filter(({ isLarge }) => !isLarge).slice(0, NEAREST.small),
      ...tests.filter(({ isLarge }) => isLarge).slice(0, NEAREST.large),
    ]
    for (const { test } of nearest) found.add(test)
    if (nearest.length === 0) process.stdout.write(`# No test is near ${file}\n`)
  }
  process.stdout.write(`# ${found.size} test files are near ${changed.length} changed files\n`)
  return found
}

function changedFiles(root: string): string[] {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', root, '-c', 'core.quotePath=false', ...args], { encoding: 'utf8' })
      .split('\n')
      .filter(line => line !== '')
  const tracked = git('diff', '--name-only', '--relative', 'HEAD')
  const added = git('ls-files', '--others', '--exclude-standard')
  const changed = [...tracked, ...added]
  return changed.length > 0 ? changed : git('diff', '--name-only', '--relative', 'HEAD~1')
}
