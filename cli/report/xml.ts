// eslint-disable-next-line no-control-regex -- XML 1.0 §2.2: these cannot be written in XML at all.
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

function wellFormed(text: string): string {
  return text.toWellFormed().replace(NOT_XML, '\ufffd');
}

/** Text between tags. What XML cannot hold becomes U+FFFD. */
export function xmlText(text: string): string {
  return wellFormed(text).replace(/[&<>\r]/g, (character) => ENTITIES[character] ?? character);
}

/** ` name="value"` for each attribute, in order. Line ends and tabs survive a reader's normalisation. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => {
      const escaped = wellFormed(String(value)).replace(
        /[&<>"\t\n\r]/g,
        (character) => ENTITIES[character] ?? character,
      );
      return ` ${name}="${escaped}"`;
    })
    .join('');
}
