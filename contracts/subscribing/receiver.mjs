// Receives webhooks with the Standard Webhooks library: npm install standardwebhooks; OCOP_SECRET=whsec_… node receiver.mjs
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.OCOP_SECRET);
const seen = new Set(); // Keep the ids where you keep the events, in one write.

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    let event;
    try {
      // Verify the bytes as they came; the library also refuses what is older than five minutes.
      event = webhook.verify(Buffer.concat(chunks).toString("utf8"), request.headers);
    } catch (error) {
      response.writeHead(400).end(String(error.message));
      return;
    }
    response.writeHead(200, { "Content-Type": "application/json" });
    if (event.type === "vn.ocop.subscription.challenge.v1") {
      response.end(JSON.stringify({ challenge: event.data.challenge }));
      return;
    }
    response.end();
    if (!seen.has(event.id)) {
      seen.add(event.id);
      console.log(JSON.stringify({ id: event.id, type: event.type, data: event.data }));
    }
  });
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(server.address().port));
