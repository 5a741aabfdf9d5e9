/**
 * The index of decisions by topic, made from the first lines of the ADRs.
 *
 * @module
 */

import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../../docs/adr/', import.meta.url)

/** Topics, in the order in which a request meets them. */
const TOPICS: Readonly<Record<string, string>> = {
  http: 'HTTP',
  credentials: 'Credentials',
  requests: 'Requests and responses',
  decision: 'The decision',
  upstream: 'The upstream',
  store: 'The store and propagation',
  audit: 'The audit',
  control: 'The control API',
}

const INTRODUCTION = `# Decisions

This page is for contributors. It lists the decisions that a reader of the code could question, with their reasons.
`

/** @throws {Error} if the first lines of a decision have another form or name another topic */
export function adrIndex(): string {
  const decisions = readdirSync(FOLDER)
    .filter(file => /^\d{4}-/.test(file))
    .sort()
    .map(readDecision)
  const sections = Object.entries(TOPICS).map(([topic, title]) => {
    const rows = decisions.filter(it => it.topic === topic).map(it => it.row)
    return `## ${title}\n\n| decision | status |\n| --- | --- |\n${rows.join('\n')}\n`
  })
  return [INTRODUCTION, ...sections].join('\n')
}

function readDecision(file: string): Readonly<{ topic: string; row: string }> {
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  const [, title, status = '', topic = ''] =
    /^# (\d+\. .+)\n\n(.+)\. Topic: (\w+)\.\n/.exec(text) ?? []
  if (!Object.hasOwn(TOPICS, topic))
    throw new Error(
      `${file} must begin with its number and title, then its status and a topic of ${Object.keys(TOPICS)}`,
    )
  return { topic, row: `| [${title}](${file}) | ${status} |` }
}
