/**
 * Functions of the GNU C library that Node has no call for, through the optional package koffi.
 *
 * Linux with glibc; elsewhere, and where koffi is not installed, there are none, and whoever asks does without.
 */
import { createRequire } from 'node:module';

/** A function of the library, declared in C; its result as a number. */
export type NativeCall = (...args: unknown[]) => number;

/** Declares a function of the library. @throws Error when this library has none of that name. */
export type DeclareCall = (declaration: string) => NativeCall;

/** What goes with calls of the library. */
export interface NativeMemory {
  /** Where the bytes of a `Buffer.allocUnsafeSlow` lie, for as long as it is held; an argument of the C type `uintptr_t`. */
  addressOf(bytes: Uint8Array): number;
  /** The `errno` of the call before. */
  lastError(): number;
}

/** What is used of the package koffi. */
interface Koffi {
  load(library: string): { func(declaration: string): (...args: unknown[]) => unknown };
  address(bytes: Uint8Array): bigint;
  errno(): number;
}

function isKoffi(module: unknown): module is Koffi {
  return (
    typeof module === 'object' &&
    module !== null &&
    'load' in module &&
    'address' in module &&
    'errno' in module &&
    typeof module.load === 'function' &&
    typeof module.address === 'function' &&
    typeof module.errno === 'function'
  );
}

/**
 * Declares what is wanted of the C library.
 *
 * @returns null where this cannot be had: no such system, no koffi, or a library without a function that is declared.
 */
export function declareNativeCalls<Calls>(
  declareAll: (declare: DeclareCall, memory: NativeMemory) => Calls,
): Calls | null {
  if (process.platform !== 'linux') return null;
  try {
    const koffi: unknown = createRequire(import.meta.url)('koffi');
    if (!isKoffi(koffi)) return null;
    const library = koffi.load('libc.so.6');
    const declare: DeclareCall = (declaration) => {
      const call = library.func(declaration);
      return (...args) => Number(call(...args));
    };
    return declareAll(declare, {
      addressOf: (bytes) => Number(koffi.address(bytes)),
      lastError: () => koffi.errno(),
    });
  } catch {
    return null;
  }
}
