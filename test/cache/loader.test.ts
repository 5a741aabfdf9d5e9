import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Loader } from '../../src/cache/loader.ts'
import type { LocalEntries } from '../../src/cache/local.ts'
import type { CachePorts } from '../../src/cache/ports.ts'
import type { Watch } from '../../src/cache/watch.ts'
import { organization } from '../store/samples.ts'

t.test(
  'P6 Loader leaves no failure that nothing handles if there is no subject to read',
  async t => {
    const watch = { isFresh: false } as Watch
    const loader = new Loader({} as CachePorts, {} as LocalEntries, watch)
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    t.teardown(() => process.off('unhandledRejection', note))
    t.strictSame(await loader.load(organization, []), [])
    await loader.refresh([], () => true)
    await setImmediate()
    t.strictSame(unhandled, [])
  },
)
