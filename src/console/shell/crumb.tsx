/**
 * The name of what a page shows, for its breadcrumb and the window's title.
 *
 * @module
 */

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'

type Crumb = { name: string | undefined; setName: (name: string | undefined) => void }

const CrumbContext = createContext<Crumb>({ name: undefined, setName: () => undefined })

export const useCrumb = (): Crumb => useContext(CrumbContext)

export function CrumbProvider({ children }: { children: ReactNode }) {
  const [name, setName] = useState<string>()
  const crumb = useMemo(() => ({ name, setName }), [name])
  return <CrumbContext value={crumb}>{children}</CrumbContext>
}

/** While the page is shown, it is called so. */
export function usePageName(name: string | undefined): void {
  const { setName } = useCrumb()
  useEffect(() => {
    setName(name)
    return () => setName(undefined)
  }, [name, setName])
}
