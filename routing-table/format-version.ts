/** Version of the format; a table of another version is refused. Apart from the schema, which takes time to load. */
export const FORMAT_VERSION = 1;
