// Verifies a credential and a status list with the npm library jose, and tries both with each part altered.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const zlib = require("node:zlib");

const [folder, ...files] = process.argv.slice(2);
const [issuer, credential, list] = files.map((file) => fs.readFileSync(file, "utf8").trim());

async function main() {
  const jose = await import(path.join(folder, "node_modules/jose/dist/webapi/index.js"));
  const published = JSON.parse(issuer);

  async function opened(token) {
    const { kid, typ } = jose.decodeProtectedHeader(token);
    const method = published.verificationMethod.find((each) => each.id === kid && !each.revoked);
    if (!method || typ !== "vc+jwt") throw new Error("no such key");
    const key = await jose.importJWK(method.publicKeyJwk, "Ed25519");
    const { payload } = await jose.compactVerify(token, key, { algorithms: ["Ed25519"] });
    return JSON.parse(new TextDecoder().decode(payload));
  }

  const said = await opened(credential);
  const status = await opened(list);
  const bits = zlib.gunzipSync(Buffer.from(status.credentialSubject.encodedList.slice(1), "base64url"));
  const index = Number(said.credentialStatus.statusListIndex);
  if (said.credentialStatus.statusListCredential !== status.id) throw new Error("another list");

  let altered = 0;
  for (const token of [credential, list]) {
    for (const place of [40, token.indexOf(".") + 40, token.lastIndexOf(".") + 40]) {
      const letter = token[place] === "A" ? "B" : "A";
      try {
        await opened(token.slice(0, place) + letter + token.slice(place + 1));
        altered += 1;
      } catch {
        // Refused, as it has to be.
      }
    }
  }
  const ended = Boolean(bits[index >> 3] & (0x80 >> (index & 7)));
  console.log(JSON.stringify({ number: said.credentialSubject.number, ended, altered }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
