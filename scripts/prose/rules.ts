/**
 * Applies the rules of "How we write" in CONTRIBUTING.md, which has one table of words.
 *
 * @module
 */

import { codeIn, rowsBelow } from '../../test/kit/markdown.ts'
import { passagesOf } from './passages.ts'

/** A row of the table. */
export type Rule = Readonly<{
  /** Its first word, which names it in the counts. */
  name: string
  pattern: RegExp
  /** Whether it holds only for the first words of a comment. */
  isOpening: boolean
  /** Words to write instead. */
  advice: string
}>

/** A place that breaks a rule. */
export type Breach = Readonly<{ file: string; line: number; words: string; rule: Rule }>

/** Reads the rules. A word that ends with an ellipsis is one that opens a comment. */
export const readRules = (): Rule[] =>
  rowsBelow('CONTRIBUTING.md', '### Words').map(([cell = '', advice = '']) => {
    const words = codeIn(cell)
    const isOpening = cell.includes('…')
    return { name: words[0] ?? '', pattern: patternOf(words, isOpening), isOpening, advice }
  })

/** Matches words in lower case or capitalized, across lines, and not within a name. */
function patternOf(words: readonly string[], isOpening: boolean): RegExp {
  const forms = words.map(word =>
    word
      .replace(/ ?…$/, '')
      .replace(/^\w/, first => `[${first.toLowerCase()}${first.toUpperCase()}]`)
      .replaceAll(' ', '\\s+'),
  )
  const start = isOpening ? '(?<=^\\s*)' : '(?<![\\w./:-])'
  return new RegExp(`${start}(?:${forms.join('|')})(?![\\w/-])`, 'g')
}

/** Returns each place in a file that breaks a rule. */
export function breachesOf(file: string, content: string, rules: readonly Rule[]): Breach[] {
  return passagesOf(file, content).flatMap(({ line, text, isComment }) =>
    rules
      .filter(({ isOpening }) => isComment || !isOpening)
      .flatMap(rule =>
        [...text.matchAll(rule.pattern)].map(({ 0: words, index }) => ({
          file,
          line: line + text.slice(0, index).split('\n').length - 1,
          words: words.replace(/\s+/g, ' '),
          rule,
        })),
      ),
  )
}
