/** Every row of fixtures/guard that is sent straight to a sandbox that runs like grommunio has its effect. */

import t from 'tap'
import { ROWS, tryWithoutGateway } from './guard-trial.ts'

t.test('R13, R14 without a gateway', t => tryWithoutGateway(t, ROWS))
