/**
 * Links to other pages of the console.
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

/** Returns the name of an object as a link to its page, or its name alone if it has no ID. */
export const linked = (
  path: string,
  id: string | undefined,
  name: string | undefined,
): ReactNode =>
  id === undefined ? (name ?? '–') : <PageLink path={`${path}/${id}`}>{name ?? id}</PageLink>
