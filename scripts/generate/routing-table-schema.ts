import { z } from 'zod';
import { RoutingTable } from '../../routing-table/schema.ts';

/** The JSON Schema (2020-12) of a compiled configuration. */
export function routingTableSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(RoutingTable), null, 2)}\n`;
}
