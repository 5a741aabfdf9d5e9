import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../../kit/checkout.ts'
import { NearTests } from './near.ts'

const root = temporaryFolder(t)
const write = (file: string, ...imports: readonly string[]) => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), imports.join('\n'))
}
write('src/ews/item-id.ts')
write('src/ews/reader.ts', "import type { Id } from './item-id.ts'")
write('src/ews/targets.ts', 'import {', '  id,', "} from './item-id.ts'")
write('test/ews/item-id.test.ts', "import { kit } from './kit.ts'")
write('test/ews/direct.test.ts', "import { id } from '../../src/ews/item-id.ts'")
write('test/ews/distant.test.ts', "import { kit } from './kit.ts'")
write('test/ews/kit.ts', "export const kit = await import('../../src/ews/targets.ts')")
write('test/ews/types.test.ts', "import { reader } from '../../src/ews/reader.ts'")
write('test/caches.test.ts', "import { id } from '../src/ews/item-id.ts'")
write('test/other/other.test.ts', "import { id } from '../../src/ews/item-id.ts'")

const many = Array.from({ length: 100 }, (_, n) => `src/many/${n}.ts`)
for (const file of many) write(file)
write('src/ews/world.ts')
write(
  'src/many/world.ts',
  ...many.map(file => `import '../../${file}'`),
  "import '../ews/world.ts'",
)
for (let n = 10; n < 24; n++)
  write(`test/ews/large-${n}.test.ts`, "import '../../src/many/world.ts'")
write('test/gateway/large.test.ts', "import '../../src/many/world.ts'")
write('test/gateway/small.test.ts', "import '../../src/ews/world.ts'")
write('test/ews/small.test.ts', "import { kit } from './small-kit.ts'")
write('test/ews/small-kit.ts', "import '../../src/ews/world.ts'")

const near = new NearTests(root, ['ews', 'gateway'])
t.strictSame(
  near.of('src/ews/item-id.ts'),
  [
    'test/ews/item-id.test.ts',
    'test/ews/direct.test.ts',
    'test/ews/distant.test.ts',
    'test/caches.test.ts',
  ],
  'of() puts the test of the same name first, then those with fewer imports between, caches last',
)
t.strictSame(near.of('src/ews/unknown.ts'), [], 'of() finds no test of a file that none loads')
t.strictSame(
  near.of('src/ews/world.ts'),
  [
    'test/ews/small.test.ts',
    'test/gateway/small.test.ts',
    ...Array.from({ length: 12 }, (_, n) => `test/ews/large-${n + 10}.test.ts`),
  ],
  'of() returns small tests, those of its folder first, then twelve large ones of its folder',
)
t.strictSame(
  near.of('src/many/world.ts').at(-1),
  'test/ews/large-21.test.ts',
  'of() returns twelve large tests of other folders if its folder has none',
)
