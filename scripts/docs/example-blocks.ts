/**
 * Markdown of the examples of the control API.
 *
 * @module
 */

import { awsLine, boto3Line, curlLine, type Example } from './examples.ts'

/** Columns within which a structure is on one line. */
const WIDTH = 100

/** Returns request and response of a call, and below them, folded, the lines that make the call. */
export function exampleBlocks(example: Example): string {
  const { input, output, error } = example
  const lines = [curlLine(example), awsLine(example)]
  return [
    block('json', jsonText(input)),
    error ? `The response has the HTTP status ${error.status}:` : 'The response:',
    block('json', jsonText(error?.body ?? output)),
    '<details><summary>curl, AWS CLI, and boto3</summary>',
    block('bash', lines.join('\n')),
    block('python', boto3Line(example)),
    '</details>',
  ].join('\n\n')
}

const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``

/** Returns JSON whose short structures and lists are on one line each. */
export function jsonText(value: unknown, indent = ''): string {
  const line = lineOf(value)
  if (typeof value !== 'object' || value === null || indent.length + line.length <= WIDTH)
    return line
  const deeper = `${indent}  `
  const isList = Array.isArray(value)
  const entries = Object.entries(value).map(([name, entry]) => {
    const text = jsonText(entry, deeper)
    return `${deeper}${isList ? '' : `${JSON.stringify(name)}: `}${text}`
  })
  return [isList ? '[' : '{', entries.join(',\n'), `${indent}${isList ? ']' : '}'}`].join('\n')
}

function lineOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(lineOf).join(', ')}]`
  const members = Object.entries(value).map(
    ([name, it]) => `${JSON.stringify(name)}: ${lineOf(it)}`,
  )
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
