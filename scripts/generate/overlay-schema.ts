import { overlaySchema } from '../../compiler/overlay/settings.ts';

/** The JSON Schema (2020-12) of the overlay file. */
export function overlaySchemaText(): string {
  return `${JSON.stringify(overlaySchema(), null, 2)}\n`;
}
