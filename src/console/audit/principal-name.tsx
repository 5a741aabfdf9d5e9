/**
 * Link to a principal with its name, or its ID if the name cannot be read.
 *
 * @module
 */

import { PageLink } from '../parts/page-link.tsx'
import { usePrincipal } from '../principals/all.ts'
import { useSession } from '../session/session.ts'

export function PrincipalName({ id }: { id: string | undefined }) {
  const { may } = useSession()
  if (id === undefined) return <>–</>
  return may('ewsgateway:ListPrincipals') ? <PrincipalLink id={id} /> : id
}

function PrincipalLink({ id }: { id: string }) {
  const { data } = usePrincipal(id)
  const name = data?.principal?.Name
  return name === undefined ? id : <PageLink path={`/principals/${id}`}>{name}</PageLink>
}
