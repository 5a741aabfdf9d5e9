/**
 * Mistakes planted in the source files: the tests near each file must notice them.
 *
 * @module
 */

import { availableParallelism } from 'node:os'
import { NearTests } from '../../../scripts/test/near.ts'
import type { PartReport, RunOptions } from '../part.ts'
import { changedFiles } from './changed.ts'
import { filesIn, type Mutant, mutantsOf } from './mutants.ts'
import { ACCEPTED_SHARE, SURVIVORS, type Survivor } from './survivors.ts'
import { type MutantResult, Trial } from './trial.ts'

/** Folders and files in which each mistake is noticed or accepted. */
const HELD = [
  'src/policy/',
  'src/decision/',
  'src/ews/headers.ts',
  'src/ews/impersonation.ts',
  'src/ews/rebuild.ts',
]

/** All folders of `src/` and `test/` in which a mistake leaks mail or loses audit records. */
const FOLDERS = [
  'policy',
  'decision',
  'ews',
  'xml',
  'model',
  'gateway',
  'cache',
  'credentials',
  'audit',
]

/** Checks of privileges in the control API. */
const CONTROL = ['dispatch', 'locks', 'privilege', 'role-access', 'token-revocation'].map(
  name => `src/control/${name}.ts`,
)

/** The short form: this many mutants of the files in `HELD` that this many commits changed. */
export const SHORT = { count: 30, commits: 20 }

const PROGRESS_EVERY = 50

type Tried = Readonly<{ mutant: Mutant; result: MutantResult; isAccepted: boolean }>

/** Tries all mutants, or the first ones in an order that the seed fixes. */
export async function mutants({
  root,
  seed,
  short,
  count,
  paths,
  print,
}: RunOptions): Promise<PartReport> {
  const files = [...filesIn(root, FOLDERS), ...CONTROL].filter(file => isIn({ file }, paths))
  if (files.length === 0) throw new RangeError(`No files to change in ${paths.join(', ')}`)
  const all = mutantsOf(root, files, seed)
  const eligible = short ? heldIn(all, changedFiles(root, SHORT.commits)) : all
  const chosen = eligible.slice(0, count ?? (short ? SHORT.count : eligible.length))

  const tried: Tried[] = []
  const trial = new Trial(root, new NearTests(root, [...FOLDERS, 'control', 'upstream']))
  await trial.run(chosen, availableParallelism(), (mutant, result) => {
    if (result === 'invalid') return
    const one = { mutant, result, isAccepted: SURVIVORS.some(each => isSame(each, mutant)) }
    tried.push(one)
    const finding = findingOf(one)
    if (finding !== undefined) print(`  ${finding}`)
    if (tried.length % PROGRESS_EVERY === 0) print(`  ${tried.length} of ${chosen.length}`)
  })

  const source = short
    ? `the files of ${HELD.join(', ')} that ${SHORT.commits} commits changed`
    : `${files.length} files`
  return {
    part: 'mutants',
    tried: tried.length,
    lines: [
      `${eligible.length} mutants of ${source}, seed ${seed}`,
      ...[...Map.groupBy(tried, folderOf)]
        .sort()
        .map(([folder, of]) => `${folder}: ${summary(of)}`),
      ...(await trial.unfit()).map(
        failure => `left out, because it fails without a mistake: ${failure}`,
      ),
    ],
    findings: [
      ...outdated(all, paths),
      ...tried.map(findingOf).filter(finding => finding !== undefined),
      ...(chosen.length === all.length ? excess(tried) : []),
    ],
  }
}

/** Returns the mutants in what is held; none if the history is too short. */
function heldIn(all: readonly Mutant[], recent: ReadonlySet<string> = new Set()): Mutant[] {
  return all.filter(({ file }) => recent.has(file) && HELD.some(held => file.startsWith(held)))
}

const isIn = ({ file }: Readonly<{ file: string }>, paths: readonly string[]) =>
  paths.length === 0 || paths.some(path => file.startsWith(path))
const folderOf = ({ mutant }: Tried) => mutant.file.split('/')[1] ?? ''
const isSame = (one: Survivor, other: Mutant) =>
  one.file === other.file && one.code === other.code && one.mistake === other.mistake

function summary(tried: readonly Tried[]): string {
  const killed = tried.filter(({ result }) => result === 'killed').length
  const accepted = tried.filter(
    ({ result, isAccepted }) => result !== 'killed' && isAccepted,
  ).length
  const survived = tried.length - killed
  return `${tried.length} tried, ${killed} killed, ${survived} survived (${accepted} accepted)`
}

/** Describes a survivor that is not accepted, or an accepted one that a test notices. */
function findingOf({ mutant, result, isAccepted }: Tried): string | undefined {
  const { file, line, code, mistake } = mutant
  const place = `${file}:${line} ${mistake} in \`${code}\``
  if (result === 'killed')
    return isAccepted ? `${place}: a test notices it, so don't accept it` : undefined
  if (isAccepted) return undefined
  return result === 'not run' ? `${place}: no test near the file runs it` : place
}

/** Returns the accepted survivors in some paths that are no mutants any more. */
function outdated(all: readonly Mutant[], paths: readonly string[]): string[] {
  return SURVIVORS.filter(survivor => isIn(survivor, paths))
    .filter(survivor => !all.some(mutant => isSame(survivor, mutant)))
    .map(
      ({ file, code, mistake }) =>
        `${file} ${mistake} in \`${code}\`: no such mutant, so don't accept it`,
    )
}

function excess(tried: readonly Tried[]): string[] {
  const accepted = tried.filter(({ isAccepted }) => isAccepted).length
  const most = Math.floor(ACCEPTED_SHARE * tried.length)
  return accepted > most ? [`${accepted} survivors are accepted; at most ${most} may be`] : []
}
