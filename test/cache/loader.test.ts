import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Loader } from '../../src/cache/loader.ts'
import type { LocalEntries } from '../../src/cache/local.ts'
import type { CachePorts } from '../../src/cache/ports.ts'
import type { Watch } from '../../src/cache/watch.ts'
import { organization } from '../store/samples.ts'

t.test(
  'P6 Loader.load() without a subject to read leaves no failure that nothing handles',
  async t => {
    const watch = { refresh: async () => undefined, isFresh: false } as unknown as Watch
    const loader = new Loader({} as CachePorts, {} as LocalEntries, watch)
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    t.teardown(() => process.off('unhandledRejection', note))
    t.strictSame(await loader.load(organization, []), [])
    await setImmediate()
    t.strictSame(unhandled, [])
  },
)
