import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { NearTests } from '../../scripts/test/near.ts'
import { temporaryFolder } from '../kit/checkout.ts'

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
write('test/ews/text.test.ts', 'const text = "import \'./nothing.ts\'; see docs/guard.md"')
write('sandbox/ids.ts')
write('test/sandbox/ids.test.ts', "import { kit } from '../ews/ids-kit.ts'")
write('test/sandbox/scan.test.ts', "import { kit } from '../ews/ids-kit.ts'")
write('test/ews/ids.test.ts', "import { ids } from '../../sandbox/ids.ts'")
write('test/ews/ids-kit.ts', "import '../../sandbox/ids.ts'")
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
write('test/ews/large.test.ts', "import '../../src/many/world.ts'")
write('test/gateway/large.test.ts', "import '../../src/many/world.ts'")
write('test/gateway/small.test.ts', "import '../../src/ews/world.ts'")
write('test/ews/small.test.ts', "import { kit } from './small-kit.ts'")
write('test/ews/small-kit.ts', "import '../../src/ews/world.ts'")

const near = new NearTests(root, ['ews', 'gateway', 'sandbox'])
const testsNear = (file: string) => near.of(file).map(({ test }) => test)
t.strictSame(
  testsNear('src/ews/item-id.ts'),
  [
    'test/ews/item-id.test.ts',
    'test/ews/direct.test.ts',
    'test/ews/distant.test.ts',
    'test/caches.test.ts',
  ],
  'of() puts the test of the same name first, then those with fewer imports between, caches last',
)
t.strictSame(
  testsNear('sandbox/ids.ts'),
  ['test/sandbox/ids.test.ts', 'test/sandbox/scan.test.ts', 'test/ews/ids.test.ts'],
  'of() finds the folder of tests of the sandbox',
)
t.strictSame(near.of('src/ews/unknown.ts'), [], 'of() finds no test of a file that none loads')
t.strictSame(
  near.naming('docs/guard.md'),
  [{ test: 'test/ews/text.test.ts', isLarge: false }],
  'naming() finds the tests whose text has the name',
)
t.strictSame(
  near.of('src/ews/world.ts'),
  [
    { test: 'test/ews/small.test.ts', isLarge: false },
    { test: 'test/gateway/small.test.ts', isLarge: false },
    { test: 'test/ews/large.test.ts', isLarge: true },
    { test: 'test/gateway/large.test.ts', isLarge: true },
  ],
  'of() returns small tests first, and those of its folder before others',
)
