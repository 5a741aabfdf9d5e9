/**
 * Label of a field that can stay empty.
 *
 * @module
 */

import type { ReactNode } from 'react'

export const Optional = ({ children }: { children: ReactNode }) => (
  <>
    {children} <i>- optional</i>
  </>
)
