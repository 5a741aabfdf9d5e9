import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { collectAll } from '../../src/app/garbage.ts'
import { NODE, ROOT, run } from '../kit/checkout.ts'

/** Runs a module with collectAll() in a process of its own, and returns what it prints. */
async function printed(flags: readonly string[], body: string): Promise<string> {
  const module = `
    import { collectAll } from './src/app/garbage.ts'
    ${body}`
  const args = [...flags, '--input-type=module', '--eval', module]
  const { out, err } = await run(NODE, args, { cwd: ROOT })
  return out + err
}

t.test('collectAll() collects unreachable objects', async t => {
  const body = `
    import { setImmediate } from 'node:timers/promises'
    const [held, lost] = [{}, new WeakRef({})]
    const holding = new WeakRef(held)
    // A job keeps the targets of the references that it has read.
    await setImmediate()
    collectAll()
    console.log(lost.deref() === undefined, holding.deref() === held)`
  t.equal(await printed(['--expose-gc'], body), 'true true\n')
})

t.test('collectAll() does nothing without --expose-gc', async t => {
  t.equal(globalThis.gc, undefined)
  t.doesNotThrow(collectAll)
})

t.test('the first line of main.ts passes flags that Node.js knows', async t => {
  const [line = ''] = readFileSync(join(ROOT, 'src/main.ts'), 'utf8').split('\n', 1)
  const [interpreter, split, node, ...flags] = line.split(' ')
  t.strictSame([interpreter, split, node], ['#!/usr/bin/env', '-S', 'node'])
  t.ok(flags.includes('--expose-gc'))
  t.equal(await printed(flags, 'console.log(typeof gc)'), 'function\n')
})
