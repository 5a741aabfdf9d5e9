/**
 * The organization that the guide for grommunio configures.
 *
 * @module
 */

import { parse } from 'yaml'
import type { ConfigInput } from '../../src/config/schema.ts'
import { blocksOf } from './markdown.ts'

const [block] = blocksOf('docs/deploy-grommunio.md').filter(({ language }) => language === 'yaml')
const { organizations }: ConfigInput = parse(block?.text ?? '')
const [organization] = organizations
if (organization === undefined) throw new TypeError('The guide has no organization')

export const GUIDE_ORGANIZATION = organization
