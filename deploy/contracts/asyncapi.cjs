// Parses an AsyncAPI document with the official parser: node asyncapi.cjs <folder of node_modules> <document>.
// Prints one line per problem, then how much it read; ends with 1 when the document is not valid.
const [, , folder, document] = process.argv;
const { Parser, fromFile } = require(require.resolve("@asyncapi/parser", { paths: [folder] }));

async function main() {
  const { document: parsed, diagnostics } = await fromFile(new Parser(), document).parse();
  for (const found of diagnostics) {
    console.log(`${["error", "warning", "information", "hint"][found.severity]} ${found.code} ${found.path.join(".")}: ${found.message}`);
  }
  if (!parsed || diagnostics.some((found) => found.severity === 0)) {
    process.exit(1);
  }
  const payloads = parsed.allMessages().all().filter((message) => message.payload()?.properties());
  console.log(`valid ${parsed.version()}: ${parsed.allChannels().all().length} channels, ${parsed.allOperations().all().length} operations, ${payloads.length} messages with fields`);
}

main();
