import type { Binding, Directory, FastCgiServer } from '../../routing-table/schema.ts';
import type { CheckedBinding, CheckedDirectory, CheckedFastCgiServer } from '../check/model.ts';
import { DEFAULT_GROUP, type LoadedOverlay } from '../overlay/load-overlay.ts';
import { plain } from './plain.ts';

/** @returns null for a binding without port, which was reported. */
export function lowerBinding(binding: CheckedBinding): Binding | null {
  const from = binding.settings;
  if (from.port.value === null) return null;
  return {
    id: from.id.value,
    port: from.port.value,
    address: from.address.value,
    maxKeepAlive: from.maxKeepAlive.value,
    timeForFirstRequestMs: from.requestTimes.value.firstMs,
    timeForRequestMs: from.requestTimes.value.laterMs,
    maxRequestBytes: from.maxRequestBytes.value,
    maxUploadBytes: from.maxUploadBytes.value,
    enableAlter: from.enableAlter.value,
    enableTrace: from.enableTrace.value,
    enableAcceptFilter: from.enableAcceptFilter.value,
    tlsCertFile: from.tlsCertFile.value,
    requiredCa: from.requiredCa.value,
  };
}

/** @returns null for a server without id or members, which was reported. */
export function lowerFastCgiServer(
  server: CheckedFastCgiServer,
  overlay: LoadedOverlay,
): FastCgiServer | null {
  const from = server.settings;
  if (from.id.value === null || from.connectTo.value.length === 0) return null;
  return {
    id: from.id.value,
    connectTo: plain(from.connectTo.value),
    extensions: plain(from.extensions.value),
    serverRoot: from.serverRoot.value,
    sessionTimeoutMs: from.sessionTimeoutMs.value,
    ...(overlay.fastCgiServers.get(from.id.value.toLowerCase()) ?? DEFAULT_GROUP),
  };
}

/** Settings that were not written leave those of the host: null. */
export function lowerDirectory(directory: CheckedDirectory): Directory {
  const from = directory.settings;
  return {
    id: from.id.value,
    paths: plain(from.paths.value),
    extensions: plain(from.extensions.value),
    startFile: from.startFile.value,
    executeCgi: from.executeCgi.value,
    timeForCgiMs: from.timeForCgiMs.value,
    wrapCgi: from.wrapCgi.value,
    followSymlinks: from.followSymlinks.value,
    showIndex: from.showIndex.value,
    accessList: from.accessList.lines.length === 0 ? null : plain(from.accessList.value),
    alterList: from.alterList.lines.length === 0 ? null : plain(from.alterList.value),
    alterGroups: from.alterGroups.lines.length === 0 ? null : plain(from.alterGroups.value),
    alterMode: from.alterMode.value,
    passwordFile: from.passwordFile.value,
    requiredGroups:
      from.requiredGroups.lines.length === 0 ? null : plain(from.requiredGroups.value),
    expirePeriod: from.expirePeriod.value,
    runOnDownload: from.runOnDownload.value,
    uploadSpeed: from.uploadSpeed.value,
  };
}
