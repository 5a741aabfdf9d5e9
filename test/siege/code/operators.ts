/**
 * Small mistakes that can be made in a source file, one at a time.
 *
 * @module
 */

import { parseSync } from 'vite'

/** One change of a text. */
export type Change = Readonly<{
  start: number
  end: number
  /** Replaces the text from `start` to `end`. */
  by: string
  /** Position of code that runs whenever the change can have an effect. Absent: `start`. */
  runsAt?: number
}>

/** One node of the syntax tree; offsets are those of the text. */
type Node = Readonly<{ type: string; start: number; end: number }> &
  Readonly<Record<string, unknown>>

/** Binary, logical, and assignment operators, and what each becomes. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '&': ['|'],
  '|': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '||=': ['='],
  '??=': ['='],
  '&&=': ['='],
  '|=': ['='],
  '+=': ['-='],
  '-=': ['+='],
}

/** Statements that leave a function or a loop early. */
const LEAVES = ['ReturnStatement', 'ThrowStatement', 'BreakStatement', 'ContinueStatement']

/**
 * Returns every change that the operators make of a text, in the order of the text.
 *
 * Types, imports, names of properties, and texts of errors stay as they are. A few of the changed
 * texts don't parse: see {@link parses}.
 *
 * @throws SyntaxError if the text is not TypeScript
 */
export function changesOf(text: string): Change[] {
  const { program, errors } = parseSync('source.ts', text)
  if (errors[0]) throw new SyntaxError(errors[0].message)
  const changes: Change[] = []
  visit(program as unknown as Node)
  return changes.sort((one, other) => one.start - other.start || one.end - other.end)

  function visit(node: Node, parent?: Node, grandparent?: Node) {
    const inner = innerOf(node)
    if (inner === undefined || isMessage(node, parent, grandparent)) return
    changes.push(...changesAt(text, node, parent))
    for (const child of inner) visit(child, node, parent)
  }
}

/** Returns a text after one change. */
export function changed(text: string, { start, end, by }: Change): string {
  return text.slice(0, start) + by + text.slice(end)
}

/** Returns whether a text is TypeScript. */
export function parses(text: string): boolean {
  return parseSync('source.ts', text).errors.length === 0
}

/** Returns the nodes below one; undefined if nothing below it runs. */
function innerOf(node: Node): Node[] | undefined {
  const { type } = node
  if (type === 'TSAsExpression' || type === 'TSSatisfiesExpression')
    return [node['expression'] as Node]
  if (type === 'TSNonNullExpression') return [node['expression'] as Node]
  if (type.startsWith('TS') || type === 'ImportDeclaration') return undefined
  return Object.entries(node)
    .filter(([name]) => name !== 'key' || node['computed'] === true)
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter(value => typeof value?.type === 'string')
}

function changesAt(text: string, node: Node, parent: Node | undefined): Change[] {
  const { type, start, end } = node
  switch (type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return operatorChanges(text, node)
    case 'UnaryExpression': {
      const removed = { start, end: (node['argument'] as Node).start, by: '' }
      return node['operator'] === '!' || node['operator'] === '-' ? [removed] : []
    }
    case 'IfStatement':
    case 'ConditionalExpression':
      return ['true', 'false'].map(by => ({ ...span(node['test'] as Node), by }))
    case 'WhileStatement':
    case 'ForStatement':
      return node['test'] ? [{ ...span(node['test'] as Node), by: 'false' }] : []
    case 'ExpressionStatement':
      return node['directive'] ? [] : [{ start, end, by: ';' }]
    case 'ArrayExpression':
      return elementChanges(node['elements'] as readonly (Node | null)[])
    case 'ObjectExpression':
      return spreadChanges(node['properties'] as readonly Node[])
    case 'CallExpression':
      return callChanges(node['callee'] as Node)
    case 'Literal':
      return literalChanges(text, node)
    default:
      return LEAVES.includes(type) && isConditional(node, parent) ? [{ start, end, by: ';' }] : []
  }
}

const span = ({ start, end }: Node) => ({ start, end })

function operatorChanges(text: string, node: Node): Change[] {
  const operator = node['operator'] as string
  const [left, right] = [node['left'] as Node, node['right'] as Node]
  const isText = (side: Node) =>
    side.type === 'TemplateLiteral' || typeof side['value'] === 'string'
  if (operator === '+' && (isText(left) || isText(right))) return []
  const start = text.indexOf(operator, left.end)
  const end = start + operator.length
  // An operator whose right operand is skipped has run, but V8 counts it with this operand.
  return (OPERATORS[operator] ?? []).map(by => ({ start, end, by, runsAt: start - 1 }))
}

/** Removes one element at a time. */
const elementChanges = (elements: readonly (Node | null)[]): Change[] =>
  elements.flatMap((element, at) => (element === null ? [] : [removal(elements, element, at)]))

/** Removes one object at a time from those that are merged. */
const spreadChanges = (properties: readonly Node[]): Change[] =>
  properties.flatMap((property, at) =>
    property.type === 'SpreadElement' ? [removal(properties, property, at)] : [],
  )

/** Removes a part of a list, with a comma beside it. */
function removal(list: readonly (Node | null)[], { start, end }: Node, at: number): Change {
  const [before, next] = [list[at - 1], list[at + 1]]
  if (next) return { start, end: next.start, by: '' }
  return { start: before ? before.end : start, end, by: '' }
}

const SWAPPED: ReadonlyMap<unknown, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
])

/** Swaps `some` and `every`. */
function callChanges(callee: Node): Change[] {
  const property = callee['property'] as Node | undefined
  const by = SWAPPED.get(property?.['name'])
  return property && by ? [{ ...span(property), by }] : []
}

/** Whether a text is the message of an error: of a new one, or of one that a function makes for a throw. */
function isMessage(node: Node, parent: Node | undefined, grandparent: Node | undefined): boolean {
  if (node.type !== 'Literal' || typeof node['value'] !== 'string') return false
  if (parent?.type === 'NewExpression') return true
  return parent?.type === 'CallExpression' && grandparent?.type === 'ThrowStatement'
}

function literalChanges(text: string, node: Node): Change[] {
  const { start, end, value } = node
  const raw = text.slice(start, end)
  if (node['regex']) return anchorChanges(node, (node['regex'] as { pattern: string }).pattern)
  if (typeof value === 'boolean') return [{ start, end, by: String(!value) }]
  if (typeof value === 'number')
    return ['+', '-'].map(sign => ({ start, end, by: `(${raw} ${sign} 1)` }))
  if (typeof value === 'bigint')
    return ['+', '-'].map(sign => ({ start, end, by: `(${raw} ${sign} 1n)` }))
  return typeof value === 'string' && value !== '' ? [{ start, end, by: "''" }] : []
}

function anchorChanges({ start }: Node, pattern: string): Change[] {
  const changes: Change[] = []
  for (const { index } of pattern.matchAll(/(?<=^|[(|])\^|(?<!\\)\$(?=$|[)|])/g))
    changes.push({ start: start + 1 + index, end: start + 2 + index, by: '' })
  return changes
}

/** Whether a statement is in a branch, so that the function continues without it. */
function isConditional(node: Node, parent: Node | undefined): boolean {
  if (node.type === 'ReturnStatement' && parent?.type === 'BlockStatement') return false
  return parent?.type === 'IfStatement' || parent?.type === 'BlockStatement'
}
