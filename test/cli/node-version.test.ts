import t from 'tap'
import { flawOfNode } from '../../src/cli/node-version.ts'
import { PACKAGE } from '../kit/checkout.ts'

const RANGES = '^24.16.0 || >=26.1.0'

t.test('flawOfNode() accepts the versions of engines, and no other', t => {
  for (const [version, isSupported] of [
    ['v20.20.2', false],
    ['v24.15.9', false],
    ['v24.16.0', true],
    ['v24.21.0', true],
    ['v25.99.0', false],
    ['v26.0.9', false],
    ['v26.1.0', true],
    ['v27.0.0', true],
    ['v100.0.0', true],
  ] as const)
    t.equal(flawOfNode(version, RANGES) === undefined, isSupported, version)
  t.equal(
    flawOfNode('v20.20.2', RANGES),
    'ews-gateway needs Node.js ^24.16.0 || >=26.1.0. This is Node.js v20.20.2.',
  )
  t.end()
})

t.test('flawOfNode() accepts the Node.js that the project pins', t => {
  t.equal(flawOfNode(`v${PACKAGE.devDependencies['node']}`), undefined)
  t.match(flawOfNode('v24.15.0'), /needs Node\.js/, 'randomUUIDv7 came with 24.16')
  t.end()
})
