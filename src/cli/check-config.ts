/**
 * `ews-gateway check-config`: prints the effective configuration.
 *
 * @module
 */

import { printConfig } from '../config/print.ts'
import type { Config } from '../config/schema.ts'
import type { Output } from './users.ts'

/** Prints the configuration as YAML, without secrets. */
export const checkConfig = (config: Config, { print }: Output): void => print(printConfig(config))
