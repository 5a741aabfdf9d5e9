import t from 'tap'
import { readDeclaration } from '../../src/xml/declaration.ts'
import { readsOf } from './counted.ts'

const USUAL = '<?xml version="1.0" encoding="utf-8"?>'

t.test('readDeclaration() reads the usual declaration once', async t => {
  const bytes = new TextEncoder().encode(`${USUAL}<a/>`)
  const reads = readsOf(bytes, counted => t.equal(readDeclaration(counted, false), USUAL.length))
  t.equal(reads, USUAL.length)
})
