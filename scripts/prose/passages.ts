/**
 * Finds the prose of a file: the comments of TypeScript, the texts of the console, and Markdown.
 *
 * @module
 */

import { parseSync, Visitor } from 'vite'

/** Prose of a file, without its code, on the lines that it has in the file. */
export type Passage = Readonly<{
  /** 1-based line of the first character. */
  line: number
  text: string
  isComment: boolean
}>

/** Returns the prose of a file. Files of other kinds have none. */
export function passagesOf(file: string, content: string): Passage[] {
  if (file.endsWith('.md'))
    return [{ line: 1, text: withoutCode(markdownOf(content)), isComment: false }]
  if (!/\.tsx?$/.test(file)) return []
  const spans = [...commentsOf(file, content), ...(isConsole(file) ? textsOf(file, content) : [])]
  return spans.map(({ start, text, isComment }) => ({
    line: content.slice(0, start).split('\n').length,
    text: withoutCode(text),
    isComment,
  }))
}

type Span = Readonly<{ start: number; text: string; isComment: boolean }>

const isConsole = (file: string) => file.startsWith('src/console/')

/** Returns the part that can still change: released changes are never edited. */
const markdownOf = (content: string): string => content.split(/^## \[(?!Unreleased)/m, 1)[0] ?? ''

const CODE =
  /```[\s\S]*?```|`[^`]*`|\{@link[^}]*\}|\]\([^)]*\)|https?:\/\/\S+|<\w+:\w+(?:\s+\w+="[^"]*")*\s*\/?>/g

/** Blanks code, link targets, and tags of XML with a prefix, and keeps the lines. */
const withoutCode = (text: string) => text.replace(CODE, code => code.replace(/[^\n]/g, '`'))

/** Returns the comments of a file. Adjacent line comments are one. */
function commentsOf(file: string, content: string): Span[] {
  const spans: (Span & { end: number })[] = []
  for (const { type, value, start, end } of parseSync(file, content).comments) {
    const last = spans.at(-1)
    if (type === 'Line' && last && /^\n *$/.test(content.slice(last.end, start)))
      spans.splice(-1, 1, { ...last, text: `${last.text}\n${value}`, end })
    else spans.push({ start, end, text: value.replace(/^\*|^ *\* ?/gm, ''), isComment: true })
  }
  return spans
}

/** Returns the texts of a component: JSX text, and strings that are words rather than names. */
function textsOf(file: string, content: string): Span[] {
  const spans: Span[] = []
  const add = (start: number, text: string) => spans.push({ start, text, isComment: false })
  new Visitor({
    JSXText({ start, value }) {
      add(start, value)
    },
    TemplateElement({ start, value }) {
      add(start, value.raw)
    },
    Literal({ start, value }) {
      if (typeof value === 'string' && /^[A-Z]| /.test(value)) add(start, value)
    },
  }).visit(parseSync(file, content).program)
  return spans
}
