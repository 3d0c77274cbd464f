// @auth/core with its own "azure-devops" provider, unmodified. Its addresses are the old system's and cannot be set
// all of them, so its fetch is pointed at us; what it sends is its own.
import { Auth, customFetch } from "@auth/core";
import AzureDevOps from "@auth/core/providers/azure-devops";
import { hear, say } from "./lines.mjs";

const { PORTAL, CLIENT_ID, CLIENT_SECRET, ORIGIN } = process.env;
const OLD = "https://app.vssps.visualstudio.com";
const seen = [];
const config = {
  secret: "auth-core-test-secret", trustHost: true, basePath: "/auth",
  providers: [AzureDevOps({
    clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scope: "vso.profile",
    [customFetch]: async (address, options) => {
      const response = await fetch(String(address).replace(OLD, PORTAL), options);
      seen.push({ status: response.status, type: response.headers.get("content-type"), body: await response.clone().json().catch(() => null) });
      return response;
    },
  })],
  logger: { error: (error) => seen.push({ error: error.name, cause: String(error.cause?.err?.cause?.error ?? error.cause?.err?.message ?? error.message) }), warn() {}, debug() {} },
};
const jar = new Map();
const call = async (path, options = {}) => {
  const headers = { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join("; "), ...options.headers };
  const response = await Auth(new Request(`${ORIGIN}${path}`, { ...options, headers }), config);
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    jar.set(name, value);
  }
  return response;
};

const { csrfToken } = await (await call("/auth/csrf")).json();
const begun = await call("/auth/signin/azure-devops", {
  method: "POST", body: new URLSearchParams({ csrfToken, callbackUrl: ORIGIN }),
  headers: { "content-type": "application/x-www-form-urlencoded" },
});
say({ url: begun.headers.get("location").replace(OLD, PORTAL) });
const answer = new URL(await hear());
const done = await call(`${answer.pathname}${answer.search}`);
say({ seen, location: done.headers.get("location") });
process.exit(0);
