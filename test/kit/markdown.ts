/**
 * The documentation as data: code blocks, commands, links and tables of the Markdown files.
 */

import { dirname, join } from 'node:path/posix'
import { projectFiles, textOf } from './checkout.ts'

/** A fenced block: the first word behind the fence, the others, and what it holds. */
export type Block = Readonly<{ file: string; language: string; mark: string; text: string }>

export const PAGES: readonly string[] = projectFiles().filter(
  file => file.endsWith('.md') && !file.startsWith('fixtures/'),
)

const FENCED = /^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm

export const blocksOf = (file: string): Block[] =>
  [...textOf(file).matchAll(FENCED)].map(([, language = '', mark = '', text = '']) => ({
    file,
    language,
    mark,
    text,
  }))

/** Commands that a page names and no test runs: in `sh` blocks, and within its text. */
export function commandsOf(file: string): string[] {
  const blocks = blocksOf(file).filter(({ language, mark }) => language === 'sh' && mark === '')
  const lines = blocks.flatMap(({ text }) =>
    text
      .replace(/\\\n\s*/g, '')
      .trimEnd()
      .split('\n'),
  )
  const prose = textOf(file).replace(FENCED, '')
  const inline = [...prose.matchAll(/`((?:npm|npx|ews-gateway) [^`]+)`/g)].map(([, code]) => code)
  return [...lines, ...inline].flatMap(line => line?.replace(/\s+/g, ' ').split(' && ') ?? [])
}

/** Returns the targets of the links of a page: a file of the checkout, and a heading in it. */
export function linksOf(file: string): Readonly<{ path: string; anchor: string }>[] {
  const prose = textOf(file).replace(FENCED, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => {
      const [path = '', anchor = ''] = target.split('#')
      return { path: path === '' ? file : join(dirname(file), path), anchor }
    })
}

/** The headings of a page, as links name them. */
export const anchorsOf = (file: string): string[] =>
  [
    ...textOf(file)
      .replace(FENCED, '')
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** The names in code that begin the rows of the tables below a heading. */
export function namesBelow(file: string, heading: string): string[] {
  return rowsBelow(file, heading).flatMap(([first = '']) => codeIn(first))
}

/** The cells of the tables below a heading, up to the next one of the same level or above. */
export function rowsBelow(file: string, heading: string): string[][] {
  const level = heading.replace(/[^#].*/, '').length
  const [, below = ''] = textOf(file).split(`\n${heading}\n`)
  const [section = ''] = below.split(new RegExp(`^#{1,${level}} `, 'm'))
  return [...section.matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
}

export const codeIn = (text: string) =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
