import t from 'tap'
import { SHOTS } from '../../scripts/screenshots/shots.ts'
import { PATTERNS, patternsWithout } from './routes.ts'

t.ok(PATTERNS.length > 20, 'the router has pages')
t.strictSame(
  patternsWithout(SHOTS.map(({ path }) => path)),
  [],
  'every page of the console has a screenshot, which axe-core checks',
)
t.strictSame(
  patternsWithout(PATTERNS.filter(pattern => pattern !== '/roles/new')),
  ['/roles/new'],
  'patternsWithout() finds a page that is missing, though another pattern matches its path',
)
