/**
 * Link to a principal with its name, or its ID if the name cannot be read.
 *
 * @module
 */

import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { useSession } from '../session/session.ts'

export function PrincipalName({ id }: { id: string | undefined }) {
  const { may } = useSession()
  if (id === undefined) return <>–</>
  return may('ewsgateway:GetPrincipal') ? <PrincipalLink id={id} /> : id
}

function PrincipalLink({ id }: { id: string }) {
  const { data } = useQuery('EwsGateway.GetPrincipal', { PrincipalId: id })
  const name = data?.Name
  return name === undefined ? id : <PageLink path={`/principals/${id}`}>{name}</PageLink>
}
