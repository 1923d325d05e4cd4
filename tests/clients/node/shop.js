// Two small express services as anybody would write them: a front, which asks a back for each order. Started with the
// `register` of OpenTelemetry's auto-instrumentations they know nothing of Sightline.
//
// The only lines about telemetry are those that copy the tenant from the baggage to the span, through the public API.
"use strict";

const http = require("node:http");

const express = require("express");
const { propagation, trace } = require("@opentelemetry/api");

const app = express();

function front(back) {
  app.get("/orders/:id", async (request, response) => {
    const answer = await fetch(`${back}/stock/${request.params.id}`);
    await answer.text();
    response.status(answer.status === 500 ? 502 : answer.status).json({ id: request.params.id });
  });
  app.get("/invoices/:id", (request, response) => {
    response.status(503).json({ error: "no printer" });
  });
}

function back() {
  app.get("/stock/:id", (request, response) => {
    if (request.params.id === "500") throw new Error("the shelf is broken");
    response.status(request.params.id === "77" ? 404 : 200).json({ id: request.params.id });
  });
}

if (process.env.SHOP_BACK) front(process.env.SHOP_BACK);
else back();

// Here the SERVER span is current; inside `app.use(...)` it would be the span of that middleware.
const server = http.createServer((request, response) => {
  const tenant = propagation.getActiveBaggage()?.getEntry("tenant.id")?.value;
  if (tenant) trace.getActiveSpan()?.setAttribute("tenant.id", tenant);
  app(request, response);
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}.`));

// OpenTelemetry's own listener for SIGTERM sends the last spans but replaces Node's, which would end the process.
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
