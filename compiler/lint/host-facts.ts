/** What follows for a host from several settings together. */
import type { AccessRule } from '../../grammar/values/access-list.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import type {
  CheckedBinding,
  CheckedConfig,
  CheckedDirectory,
  CheckedHost,
  Setting,
} from '../check/model.ts';

/** Bindings through which requests reach a host. */
export function bindingsOf(config: CheckedConfig, host: CheckedHost): readonly CheckedBinding[] {
  if (host.isDefault || host.bindings.length === 0) return config.bindings;
  return config.bindings.filter((binding) =>
    host.bindings.some((reference) => reference.target?.includes(binding) === true),
  );
}

/** True when a binding speaks TLS, or when that cannot be told. */
export function maySpeakTls(binding: CheckedBinding): boolean {
  return binding.settings.tlsCertFile.value !== null || binding.settings.tlsCertFile.isUnreadable;
}

/** True when every request that reaches `later` would reach `earlier` first. */
export function coversBindings(earlier: CheckedHost, later: CheckedHost): boolean {
  if (earlier.isDefault || earlier.bindings.length === 0) return true;
  if (later.isDefault || later.bindings.length === 0) return false;
  const ids = new Set(earlier.bindings.map((reference) => reference.id));
  return later.bindings.every((reference) => ids.has(reference.id));
}

/** The Directory sections that apply to a host and exist. */
export function directoriesOf(host: CheckedHost): readonly CheckedDirectory[] {
  return host.directories.flatMap((reference) => reference.target ?? []);
}

/** True when somebody gets in. */
export function grantsSomebody(list: readonly Spanned<AccessRule>[]): boolean {
  return list.some((rule) => rule.value.action !== 'deny');
}

/** The list by which clients may write somewhere in a host; null where nobody may. */
export function writeAccessOf(
  config: CheckedConfig,
  host: CheckedHost,
): Setting<readonly Spanned<AccessRule>[]> | null {
  if (!bindingsOf(config, host).some((binding) => binding.settings.enableAlter.value)) return null;
  return (
    [host, ...directoriesOf(host)]
      .map((place) => place.settings.alterList)
      .find((list) => grantsSomebody(list.value)) ?? null
  );
}

/** True for an address that only programs of the same machine can reach. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** True when only programs of the same machine can connect: a proxy in front, or a trial. */
export function isLocalOnly(config: CheckedConfig): boolean {
  return (
    config.bindings.length > 0 &&
    config.bindings.every(
      ({ settings: { address } }) =>
        address.lines.length > 0 && !address.isUnreadable && isLoopback(address.value),
    )
  );
}
