/**
 * Recognizes addresses that are not a mailbox of the upstream.
 *
 * @module
 */

import { foldName, isAddress, type Organization } from '../model/identity.ts'

/** Characters that some servers interpret as a route, an address of another kind, or a pattern. */
const UNUSUAL = /[^a-z0-9._+'&#~-]/

/**
 * Whether an address is outside the organization's accepted domains. Without accepted domains, no address is.
 *
 * A server could resolve an address of an unusual form to one of its own mailboxes: with a route, a legacy DN, an IP
 * address, or an internationalized domain. Such an address is not outside, and neither is one of the gateway's own
 * accounts. A subdomain is a separate domain.
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
 * Whether a domain has at least two labels, does not end in a number, and has no Punycode, which a server could decode to
 * a name like one of its own.
 */
function isPlainDomain(domain: string): boolean {
  const labels = domain.split('.')
  const [last = ''] = labels.slice(-1)
  const isPlain = labels.every(label => !label.startsWith('xn--'))
  return labels.length > 1 && Number.isNaN(Number(last)) && isPlain
}
