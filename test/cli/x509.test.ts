import t from 'tap'
import { der } from '../../src/cli/init/x509.ts'

for (const [length, header] of [
  [0, '0400'],
  [127, '047f'],
  [128, '048180'],
  [255, '0481ff'],
  [256, '04820100'],
  [65_535, '0482ffff'],
] as const) {
  const content = Buffer.alloc(length, 1)
  t.strictSame(
    der(4, content),
    Buffer.concat([Buffer.from(header, 'hex'), content]),
    `der() encodes the length ${length} in its shortest form`,
  )
}
