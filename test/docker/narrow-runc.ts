// Stands before runc: a privileged container asks for every capability, and a machine that is itself one may lack some. What
// it lacks is taken out of the container's configuration, and runc does the rest.
//
//   narrow-runc.ts RUNC ARGUMENT…
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** By number, linux/capability.h. */
const NAMES =
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'.split(
    ' ',
  );

const [runc = 'runc', ...args] = process.argv.slice(2);
const bundle = after('--bundle');
if (bundle !== undefined) narrowFile(join(bundle, 'config.json'));
const started = after('--process');
if (started !== undefined) narrowFile(started);
const child = spawn(runc, args, { stdio: 'inherit' });
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});

function after(option: string): string | undefined {
  return args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
}

/** A container's configuration, or the process of one (OCI runtime-spec 1.0, config.md). */
function narrowFile(file: string): void {
  if (!existsSync(file)) return;
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(narrow(json, false)));
}

/** The same, its lists below `capabilities` without what this machine lacks. */
function narrow(json: unknown, isCapabilities: boolean): unknown {
  if (Array.isArray(json)) return isCapabilities ? json.filter(isHere) : json;
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      isCapabilities || ['capabilities', 'process'].includes(name)
        ? narrow(value, isCapabilities || name === 'capabilities')
        : value,
    ]),
  );
}

function isHere(name: unknown): boolean {
  const [, hex = '0'] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const number = NAMES.indexOf(String(name).replace(/^CAP_/, '').toLowerCase());
  return number !== -1 && ((BigInt(`0x${hex}`) >> BigInt(number)) & 1n) === 1n;
}
