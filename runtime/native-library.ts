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

/** What is used of the package koffi. */
interface Koffi {
  load(library: string): { func(declaration: string): (...args: unknown[]) => unknown };
}

function isKoffi(module: unknown): module is Koffi {
  return (
    typeof module === 'object' &&
    module !== null &&
    'load' in module &&
    typeof module.load === 'function'
  );
}

/**
 * Declares what is wanted of the C library.
 *
 * @returns null where this cannot be had: no such system, no koffi, or a library without a function that is declared.
 */
export function declareNativeCalls<Calls>(
  declareAll: (declare: DeclareCall) => Calls,
): Calls | null {
  if (process.platform !== 'linux') return null;
  try {
    const koffi: unknown = createRequire(import.meta.url)('koffi');
    if (!isKoffi(koffi)) return null;
    const library = koffi.load('libc.so.6');
    return declareAll((declaration) => {
      const call = library.func(declaration);
      return (...args) => Number(call(...args));
    });
  } catch {
    return null;
  }
}
