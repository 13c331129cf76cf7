/** The sections of Hiawatha by their name in lower case, with the spelling of the manual. */
export const SECTION_NAMES: ReadonlyMap<string, string> = new Map(
  ['Binding', 'Directory', 'FastCGIserver', 'UrlToolkit', 'VirtualHost'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);
