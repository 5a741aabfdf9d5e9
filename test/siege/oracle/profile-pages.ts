/**
 * Promises of the profiles, read from the words of docs/profiles.md: nothing here comes from `src/policy`.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import {
  FOLDER_CLASSES,
  type FolderClass,
  PROFILES,
  type ProfileName,
} from '../../../src/model/profile.ts'

/** Promises of the page about one profile. */
export type ProfilePage = Readonly<{
  /** Texts after "The role can", without classes, and those after "The role can't". */
  can: ReadonlySet<string>
  cannot: ReadonlySet<string>
  /** Allowed operations with the classes of folders in which they are allowed; undefined: any. */
  operations: ReadonlyMap<string, readonly FolderClass[] | undefined>
}>

const PAGE = new URL('../../../docs/profiles.md', import.meta.url)

/** Reads the page. @throws Error if it has no section for a profile, or one without limits */
export function readProfilePages(): ReadonlyMap<ProfileName, ProfilePage> {
  const text = readFileSync(PAGE, 'utf8')
  return new Map(PROFILES.map(name => [name, readProfile(sectionOf(text, name))]))
}

function sectionOf(text: string, name: string): string {
  const [, rest] = text.split(`\n## ${name}\n`)
  const section = rest?.split('\n## ')[0]
  if (section === undefined) throw new Error(`docs/profiles.md has no section '${name}'`)
  return section
}

function readProfile(section: string): ProfilePage {
  const [before = '', after = ''] = section.split("The role can't:")
  return {
    can: new Set(bulletsIn(before).map(text => text.replace(/ \([^)]*\)$/, ''))),
    cannot: new Set(bulletsIn(after)),
    operations: new Map(rowsIn(after)),
  }
}

const bulletsIn = (text: string) =>
  [...text.matchAll(/^- (.*)$/gm)].map(([, bullet = '']) => bullet)

function rowsIn(text: string) {
  return [...text.matchAll(/^\| ([A-Z][^|]*) \| ([^|]*) \|$/gm)].flatMap(
    ([, names = '', folders = '']) => {
      const classes = folders === 'any' ? undefined : folders.split(', ').map(classNamed)
      return names.split(', ').map(name => [name, classes] as const)
    },
  )
}

function classNamed(name: string): FolderClass {
  const found = FOLDER_CLASSES.find(one => one === name)
  if (found === undefined) throw new Error(`docs/profiles.md has the unknown class '${name}'`)
  return found
}
