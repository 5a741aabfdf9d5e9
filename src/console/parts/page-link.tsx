/**
 * Link to another page of the console.
 *
 * @module
 */

import Link, { type LinkProps } from '@cloudscape-design/components/link'
import type { ReactNode } from 'react'
import { follow, hrefOf } from '../routing/router.ts'

type Props = { path: string; children: ReactNode; variant?: LinkProps.Variant }

export const PageLink = ({ path, children, variant = 'secondary' }: Props) => (
  <Link href={hrefOf(path)} onFollow={follow} variant={variant}>
    {children}
  </Link>
)
