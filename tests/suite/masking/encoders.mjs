// Writes the text that stands on standard input, as JSON, in every way that Node.js has.
import { inspect } from "node:util";
import querystring from "node:querystring";

const text = JSON.parse(await new Response(process.stdin).text());
const bytes = Buffer.from(text, "utf8");
const base64 = bytes.toString("base64");
const written = {
  "JSON.stringify": JSON.stringify(text),
  "JSON.stringify, twice": JSON.stringify(JSON.stringify({ inner: text })),
  encodeURIComponent: encodeURIComponent(text),
  "encodeURIComponent, twice": encodeURIComponent(encodeURIComponent(text)),
  encodeURI: encodeURI(text),
  escape: escape(text),
  URLSearchParams: new URLSearchParams({ q: text }).toString(),
  "querystring.stringify": querystring.stringify({ q: text }),
  "URL, its search": new URL(`https://host.example/?q=${text.replaceAll("#", "%23")}`).search,
  "util.inspect": inspect({ inner: text }),
  base64,
  "base64 without padding": base64.replaceAll("=", ""),
  base64url: bytes.toString("base64url"),
  "base64 of base64": Buffer.from(base64).toString("base64"),
  "base64 of Latin-1": Buffer.from(text, "latin1").toString("base64"),
  btoa: btoa(text),
  "base64 of JSON": Buffer.from(JSON.stringify({ inner: text })).toString("base64"),
  hex: bytes.toString("hex"),
  "UTF-8 read as Latin-1": bytes.toString("latin1"),
  "Latin-1 read as UTF-8": Buffer.from(text, "latin1").toString("utf8"),
};
process.stdout.write(JSON.stringify(written));
