/** Certificates and certificate authorities of the bindings and sites of a table (hiawatha(1) TLScertFile, RequiredCA). */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Binding, RoutingTable } from '../routing-table/schema.ts';
import { HostMap } from './routing/match-host.ts';
import type { Site } from './routing/site.ts';
import { RuntimeError } from './runtime-error.ts';
import { writtenAt } from './written-at.ts';

type CaBundle = NonNullable<Binding['requiredCa']>;

/** What a TLS binding needs. */
export interface TlsMaterial {
  /** For a client that names no known host. */
  readonly default: SecureContextOptions;
  /** Whether clients are asked for a certificate. */
  readonly isClientAsked: boolean;
  /** Whether a client without a good certificate is turned away at once (RequiredCA of the binding). */
  readonly isClientRequired: boolean;
  /** The certificate for a name in lower case, or null for the default one. */
  contextFor(servername: string): SecureContext | null;
  /** The file of authorities that a certificate of a client of this name was held against; null: none. */
  authorityFor(servername: string | null): string | null;
}

/** @returns One for each binding, in their order; null for plain ones. @throws {@link RuntimeError} `HWR_TLS`. */
export function readCertificates(
  table: RoutingTable,
  sites: readonly [Site, ...Site[]],
  configDirectory: string,
): (TlsMaterial | null)[] {
  if (table.bindings.every((binding) => binding.tlsCertFile === null)) {
    return table.bindings.map(() => null);
  }
  const full = (path: string): string => (isAbsolute(path) ? path : join(configDirectory, path));
  const bySite = new Map<Site, SecureContext>();
  for (const site of sites) {
    const { tlsCertFile, requiredCa } = site.host;
    if (tlsCertFile === null) continue;
    const record = `/hosts/${site.position}`;
    const material = readMaterial(table, record, full, tlsCertFile, requiredCa);
    bySite.set(site, createSecureContext(material));
  }
  const isAnySiteStrict = sites.some(({ host }) => host.requiredCa !== null);
  return table.bindings.map((binding, index) => {
    if (binding.tlsCertFile === null) return null;
    const hosts = new HostMap(sites, index);
    const isClientRequired = binding.requiredCa !== null;
    const siteFor = (servername: string): Site => hosts.find(servername);
    return {
      default: {
        ...readMaterial(
          table,
          `/bindings/${index}`,
          full,
          binding.tlsCertFile,
          binding.requiredCa ?? sites[0].host.requiredCa,
        ),
        minVersion: 'TLSv1.2',
        // A session that is taken up again would bring the certificate of a client to another host.
        ...(isClientRequired || isAnySiteStrict
          ? { secureOptions: constants.SSL_OP_NO_TICKET }
          : {}),
      },
      isClientAsked: isClientRequired || isAnySiteStrict,
      isClientRequired,
      contextFor: (servername) => bySite.get(siteFor(servername)) ?? null,
      authorityFor: (servername) => {
        const site = servername === null ? null : siteFor(servername);
        const own = site !== null && bySite.has(site) ? site.host.requiredCa : null;
        const bundle = own ?? binding.requiredCa ?? sites[0].host.requiredCa;
        return bundle?.caFile ?? null;
      },
    };
  });
}

function readMaterial(
  table: RoutingTable,
  record: string,
  full: (path: string) => string,
  certificateFile: string,
  authorities: CaBundle | null,
): SecureContextOptions {
  const certificate = `TLScertFile${writtenAt(table, `${record}/tlsCertFile`)}`;
  const authority = `RequiredCA${writtenAt(table, `${record}/requiredCa`)}`;
  const pem = readPem(full(certificateFile), certificate);
  const ca = authorities === null ? null : readPem(full(authorities.caFile), authority);
  const crl = authorities?.crlFile == null ? null : readPem(full(authorities.crlFile), authority);
  const options: SecureContextOptions = {
    cert: pem,
    key: pem,
    ...(ca === null ? {} : { ca }),
    ...(crl === null ? {} : { crl }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw unusable(certificate, full(certificateFile), error);
  }
  return options;
}

function readPem(path: string, directive: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unusable(directive, path, error);
  }
}

function unusable(directive: string, path: string, error: unknown): RuntimeError {
  const reason = error instanceof Error ? error.message : String(error);
  const shape = directive.startsWith('RequiredCA')
    ? 'the certificates of the authorities'
    : 'the private key and the certificate chain';
  return new RuntimeError(
    'HWR_TLS',
    `${directive} ${path} cannot be used: ${reason}; it has to be a PEM file with ${shape}`,
    { cause: error },
  );
}
