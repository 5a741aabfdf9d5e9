/**
 * A principal by its id: a link with its name, as far as it is there and the reader may see it.
 *
 * @module
 */

import { PageLink } from '../parts/page-link.tsx'
import { usePrincipal } from '../principals/all.ts'
import { useSession } from '../session/session.ts'

export function PrincipalName({ id }: { id: string | undefined }) {
  const { may } = useSession()
  if (id === undefined) return <>–</>
  return may('ewsgateway:ListPrincipals') ? <Known id={id} /> : id
}

function Known({ id }: { id: string }) {
  const { data } = usePrincipal(id)
  const name = data?.principal?.Name
  return name === undefined ? id : <PageLink path={`/principals/${id}`}>{name}</PageLink>
}
