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

const near = new NearTests(root, ['ews'])
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
