/**
 * Addresses that are no mailbox of the upstream.
 *
 * @module
 */

import { foldName, isAddress, type Organization } from '../model/identity.ts'

/** Characters that some servers take for a route, an address of another kind, or a pattern. */
const UNUSUAL = /[^a-z0-9._+'&#~-]/

/**
 * Whether an address is outside the organization's accepted domains; without accepted domains, none is.
 *
 * A server could take an address of an unusual form for one of its own mailboxes: with a route, a legacy DN,
 * an IP address, or an internationalized domain. Such an address is not outside, and neither are
 * those of the gateway's own accounts. A subdomain is a domain of its own.
 */
export function isOutside(organization: Organization, address: string): boolean {
  const { acceptedDomains, serviceAddresses, neutralMailbox } = organization
  if (acceptedDomains === undefined || !isAddress(address)) return false
  const folded = foldName(address)
  const [local = '', domain = ''] = folded.split('@')
  if (UNUSUAL.test(local) || local.startsWith('imcea') || !isPlainDomain(domain)) return false
  if (acceptedDomains.includes(domain)) return false
  return ![...serviceAddresses, neutralMailbox ?? ''].some(own => foldName(own) === folded)
}

/**
 * Whether a domain has at least two labels, the last of which is no number, and all of which are what they
 * seem: a server could decode Punycode to a name that looks like one of its own.
 */
function isPlainDomain(domain: string): boolean {
  const labels = domain.split('.')
  const [last = ''] = labels.slice(-1)
  const isPlain = labels.every(label => !label.startsWith('xn--'))
  return labels.length > 1 && Number.isNaN(Number(last)) && isPlain
}
