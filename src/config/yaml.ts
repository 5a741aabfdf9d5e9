/**
 * Reads the subset of YAML that the configuration uses: mappings, lists, and scalars.
 *
 * @module
 */

import { type Document, isAlias, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'

/** Value of a YAML text, or every mistake in it with its line. */
export type YamlReading =
  | Readonly<{ value: unknown; mistakes?: never }>
  | Readonly<{ mistakes: readonly string[] }>

/**
 * Reads one YAML document. Duplicate keys, anchors, aliases, and tags are mistakes.
 *
 * Messages never quote the text, because it can contain a secret in the wrong place.
 */
export function readYaml(text: string): YamlReading {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, schema: 'core' })
  const found = [
    ...document.errors.map(({ code, pos }) => ({
      at: pos[0],
      message: ERRORS[code] ?? words(code),
    })),
    ...extras(document),
  ]
  if (found.length === 0) return { value: document.toJS() }

  const mistakes = found
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, message }) => {
      const { line, col } = lineCounter.linePos(at)
      return `line ${line}, column ${col}: ${message}`
    })
  return { mistakes }
}

/**
 * Reads a text as a YAML scalar: number, true, false, null, quoted or plain text. Returns a text that is not
 * a YAML scalar unchanged.
 */
export function readYamlScalar(text: string): unknown {
  const { contents, errors } = parseDocument(text, { prettyErrors: false, schema: 'core' })
  if (!isScalar(contents) || errors.length > 0 || contents.tag || contents.anchor) return text
  const whole = contents.type !== 'PLAIN' || contents.source === text.trim()
  return whole ? contents.value : text
}

const ERRORS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is a duplicate. Remove one of the two',
  MULTIPLE_DOCS: 'a second YAML document starts here. Keep only one',
  TAB_AS_INDENT: 'the line is indented with a tab. Use spaces',
}

const words = (code: string) =>
  `this is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`

function extras(document: Document): { at: number; message: string }[] {
  const found: { at: number; message: string }[] = []
  visit(document, {
    Node: (_key, node) => {
      const at = isNode(node) ? (node.range?.[0] ?? 0) : 0
      if (isAlias(node) || node.anchor) {
        found.push({ at, message: 'anchors and aliases are not supported. Write out the value' })
      } else if (node.tag) {
        found.push({ at, message: 'tags are not supported. Remove the tag' })
      }
    },
  })
  return found
}
