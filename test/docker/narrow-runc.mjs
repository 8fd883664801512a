// Stands before runc: a privileged container asks for every capability, and a machine that is itself one may lack some. What
// it lacks is taken out of the container's configuration, and runc does the rest.
//
//   narrow-runc.mjs RUNC ARGUMENT…
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** By number, linux/capability.h. */
const NAMES =
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'.split(
    ' ',
  );

const [runc = 'runc', ...args] = process.argv.slice(2);
const after = (/** @type {string} */ option) => (args.includes(option) ? args[args.indexOf(option) + 1] : undefined);
const bundle = after('--bundle');
if (bundle !== undefined) narrow(path.join(bundle, 'config.json'), (config) => config.process);
const started = after('--process');
if (started !== undefined) narrow(started, (config) => config);
const child = spawn(runc, args, { stdio: 'inherit' });
child.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});

/**
 * @param {string} file
 * @param {(config: any) => any} processOf
 */
function narrow(file, processOf) {
  if (!existsSync(file)) return;
  const [, hex = '0'] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const has = BigInt(`0x${hex}`);
  const config = JSON.parse(readFileSync(file, 'utf8'));
  const capabilities = processOf(config)?.capabilities ?? {};
  for (const [set, names] of Object.entries(capabilities)) {
    capabilities[set] = names.filter((/** @type {string} */ name) => {
      const number = NAMES.indexOf(name.replace(/^CAP_/, '').toLowerCase());
      return number !== -1 && ((has >> BigInt(number)) & 1n) === 1n;
    });
  }
  writeFileSync(file, JSON.stringify(config));
}
