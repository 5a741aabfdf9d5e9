/**
 * A session bus for Evolution's libraries and services, in a folder of its own.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { without } from './desktop.ts'

const REGISTRY = '/usr/libexec/evolution-source-registry'
export const skip = without(
  'evolution-ews',
  REGISTRY,
  '/usr/lib/evolution-data-server/camel-providers/libcamelews.so',
  '/usr/lib/x86_64-linux-gnu/girepository-1.0/Camel-1.2.typelib',
  '/usr/lib/x86_64-linux-gnu/girepository-1.0/ECal-2.0.typelib',
  '/usr/lib/x86_64-linux-gnu/girepository-1.0/EBook-1.2.typelib',
  '/usr/bin/dbus-run-session',
)

/** Services of Evolution on the bus: its register of accounts, calendar, and contacts. No keyring, no prompter. */
const SERVICES = {
  Sources5: REGISTRY,
  Calendar8: '/usr/libexec/evolution-calendar-factory',
  AddressBook10: '/usr/libexec/evolution-addressbook-factory',
}

function busOf(folder: string): readonly string[] {
  mkdirSync(join(folder, 'services'))
  for (const [name, program] of Object.entries(SERVICES))
    writeFileSync(
      join(folder, `services/${name}.service`),
      `[D-BUS Service]\nName=org.gnome.evolution.dataserver.${name}\nExec=${program}\n`,
    )
  writeFileSync(
    join(folder, 'bus.conf'),
    `<busconfig><type>session</type><listen>unix:tmpdir=${folder}</listen>` +
      `<servicedir>${join(folder, 'services')}</servicedir><policy context="default">` +
      '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>' +
      '</policy></busconfig>',
  )
  return ['dbus-run-session', `--config-file=${join(folder, 'bus.conf')}`, '--']
}

/** Prepares a session: its folder, the command that runs a script in it, and the environment. */
export function evolutionSession(t: Test) {
  // The path of a socket is short.
  const folder = mkdtempSync(join(tmpdir(), 'ews-evolution-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'run'), { mode: 0o700 })
  const home = (name: string) => join(folder, name)
  const env = {
    XDG_CONFIG_HOME: home('config'),
    XDG_DATA_HOME: home('data'),
    XDG_CACHE_HOME: home('cache'),
    XDG_RUNTIME_DIR: home('run'),
    GSETTINGS_BACKEND: 'memory',
    GIO_USE_VFS: 'local',
    // It speaks our language, and folders have their names.
    LC_ALL: 'C.UTF-8',
  }
  return { folder, under: busOf(folder), env }
}
