/**
 * The effective configuration as an administrator may see it.
 *
 * @module
 */

import { stringify } from 'yaml'
import { writeListenAddress } from './network.ts'
import type { Config } from './schema.ts'

/** The configuration as YAML, every secret as `[secret]`. */
export function printConfig(config: Config): string {
  const { listen, store } = config
  return stringify(
    {
      ...config,
      listen: {
        data: writeListenAddress(listen.data),
        control: writeListenAddress(listen.control),
        ops: writeListenAddress(listen.ops),
      },
      store: `${store.kind}:${store.file}`,
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )
}
