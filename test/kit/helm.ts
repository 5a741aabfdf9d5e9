/**
 * Renders the Helm chart, as far as its templates go.
 *
 * Knows a small part of the language of Helm's templates: values, files, a few functions, `if`, `ne`, and `range` over a
 * list of plain values. Anything else is an error. This is not Helm: only Helm can prove that it renders the same.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { ROOT, textOf } from './checkout.ts'
import type { Manifest } from './deploy.ts'

export const CHART = 'deploy/helm/ews-gateway'

type Values = Readonly<Record<string, unknown>>

/** Returns values as Helm merges them: mappings are merged, everything else is replaced. */
export function mergeValues(base: unknown, over: unknown): unknown {
  if (!isMapping(base) || !isMapping(over)) return over
  const keys = new Set([...Object.keys(base), ...Object.keys(over)])
  return Object.fromEntries(
    [...keys].map(key => [key, key in over ? mergeValues(base[key], over[key]) : base[key]]),
  )
}

const isMapping = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the manifests of a release by the template that makes them. */
export function renderChart(
  release: string,
  values: unknown,
): ReadonlyMap<string, readonly Manifest[]> {
  const chart = parse(textOf(`${CHART}/Chart.yaml`))
  const scope = {
    Values: values,
    Release: { Name: release },
    Chart: { AppVersion: chart.appVersion },
  }
  return new Map(
    readdirSync(`${ROOT}/${CHART}/templates`).map(file => {
      const text = renderTemplate(textOf(`${CHART}/templates/${file}`), scope)
      const documents = parseAllDocuments(text).map(document => {
        for (const error of document.errors) throw error
        return document.toJS()
      })
      return [file, documents.filter(document => document !== null)]
    }),
  )
}

/** An action between braces, with a dash on each side that removes white space. */
const ACTION = /\{\{(-? )(.*?)( -?)\}\}/g

type Part = Readonly<{ text: string } | { action: string }>

/** Renders one template. @throws Error if it uses anything that is not known here */
export function renderTemplate(template: string, scope: Values): string {
  if (template.replaceAll(ACTION, '').includes('{{')) throw new Error('A brace is not known here')
  const parts = partsOf(template)
  const [text, rest] = renderParts(parts, scope)
  if (rest.length > 0) throw new Error('{{ end }} ends nothing')
  return text
}

/** Splits a template. A dash removes the white space on its side. */
function partsOf(template: string): readonly Part[] {
  const parts: Part[] = []
  let trims = false
  let end = 0
  const add = (text: string, trimsEnd: boolean) => {
    const begun = trims ? text.trimStart() : text
    parts.push({ text: trimsEnd ? begun.trimEnd() : begun })
  }
  for (const match of template.matchAll(ACTION)) {
    const [whole, before = '', action = '', after = ''] = match
    add(template.slice(end, match.index), before === '- ')
    parts.push({ action })
    trims = after === ' -'
    end = match.index + whole.length
  }
  add(template.slice(end), false)
  return parts
}

/** Renders parts up to an `end`. @returns the text, and the parts from that `end` on */
function renderParts(parts: readonly Part[], scope: Values): [string, readonly Part[]] {
  let text = ''
  for (let rest = parts; ; ) {
    const [part, ...others] = rest
    if (part === undefined) return [text, []]
    rest = others
    if ('text' in part) text += part.text
    else if (part.action === 'end') return [text, [part, ...others]]
    else if (/^(if|range) /.test(part.action)) {
      const [block, after] = renderBlock(part.action, others, scope)
      text += block
      rest = after
    } else text += `${resultOf(part.action, scope)}`
  }
}

function renderBlock(
  action: string,
  parts: readonly Part[],
  scope: Values,
): [string, readonly Part[]] {
  const [, keyword, condition = ''] = /^(if|range) (.*)$/.exec(action) ?? []
  const value = resultOf(condition, scope)
  const scopes = keyword === 'range' ? (value as unknown[]).map(it => ({ '': it })) : [scope]
  const [, [end, ...rest]] = renderParts(parts, scopes[0] ?? {})
  if (end === undefined) throw new Error(`Nothing ends {{ ${action} }}`)
  const isSkipped = keyword === 'if' && isEmpty(value)
  return [isSkipped ? '' : scopes.map(it => renderParts(parts, it)[0]).join(''), rest]
}

const isEmpty = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isMapping(value) && Object.keys(value).length === 0)

/** Returns the value of a pipeline. */
function resultOf(pipeline: string, scope: Values): unknown {
  const [first = '', ...functions] = pipeline.split(' | ')
  return functions.reduce((value, call) => apply(call, value, scope), startOf(first, scope))
}

function startOf(first: string, scope: Values): unknown {
  const [, file] = /^\.Files\.Get "([\w.]+)"$/.exec(first) ?? []
  if (file !== undefined) return textOf(`${CHART}/${file}`)
  const [, left, right] = /^ne (\S+) "(.*)"$/.exec(first) ?? []
  return left === undefined ? lookUp(first, scope) : lookUp(left, scope) !== right
}

function lookUp(path: string, scope: Values): unknown {
  if (!/^\.([A-Za-z]+(\.[A-Za-z]+)*)?$/.test(path)) throw new Error(`${path} is not known here`)
  let value: unknown = scope
  for (const key of path.slice(1).split('.')) {
    if (!isMapping(value) || !(key in value)) throw new Error(`There is no value ${path}`)
    value = value[key]
  }
  return value
}

function apply(call: string, value: unknown, scope: Values): unknown {
  const [name = '', argument = '', other = ''] = call.split(' ')
  if (name === 'toYaml') return stringify(value).trimEnd()
  if (name === 'quote') return JSON.stringify(`${value}`)
  if (name === 'sha256sum') return createHash('sha256').update(`${value}`).digest('hex')
  if (name === 'default') return isEmpty(value) ? lookUp(argument, scope) : value
  if (name === 'replace')
    return `${value}`.replaceAll(JSON.parse(argument), () => `${lookUp(other, scope)}`)
  if (name === 'nindent') return `\n${value}`.replaceAll('\n', `\n${' '.repeat(Number(argument))}`)
  throw new Error(`The function ${name} is not known here`)
}
