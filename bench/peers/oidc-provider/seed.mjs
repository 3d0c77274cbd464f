// Makes the one-time values of the bench with the provider's own models: node seed.mjs FOLDER ROUNDS ONCE
import { mkdirSync, writeFileSync } from "node:fs";
import { CALLBACK, CHALLENGE, SECRET, VERIFIER, provider, store } from "./provider.mjs";

const [folder, rounds, once] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const CHAINS = 128, TOKENS = 1000, BROWSERS = 300;
const SCOPE = "openid profile email";
const now = Math.floor(Date.now() / 1000);
mkdirSync(folder, { recursive: true });
await store.prepare?.();
const bench = await provider.Client.find("bench");
const pocket = await provider.Client.find("pocket");

async function many(number, make) {
  const found = [];
  for (let at = 0; at < number; at += 200) {
    const part = Array.from({ length: Math.min(200, number - at) }, (_, n) => make(at + n));
    found.push(...(await Promise.all(part)));
  }
  return found;
}
async function granted(client, accountId) {
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(SCOPE);
  return grant.save();
}
const grants = {};
for (const client of [bench, pocket]) {
  grants[client.clientId] = await many(1000, async (n) => ({ accountId: `person${n}`, grantId: await granted(client, `person${n}`) }));
}
const about = (client, n) => ({ client, scope: SCOPE, gty: "authorization_code", authTime: now, claims: {}, ...grants[client.clientId][n % 1000] });
const access = (client, n) => new provider.AccessToken({ ...about(client, n) }).save();
const refresh = (client, n) => new provider.RefreshToken({ ...about(client, n), rotations: 0, iiat: now, nonce: "n-0S6_WzA2Mj" }).save();
const code = (client, n) => new provider.AuthorizationCode({
  ...about(client, n), redirectUri: CALLBACK, codeChallenge: CHALLENGE, codeChallengeMethod: "S256", nonce: "n-0S6_WzA2Mj",
}).save();

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const BASIC = { ...FORM, Authorization: `Basic ${Buffer.from(`bench:${SECRET}`).toString("base64")}` };
const line = (method, path, headers, ...body) =>
  [method, path, Object.entries(headers).map(([k, v]) => `${k}:${v}`).join("\x1e"), ...body].join("\x1f");
const post = (path, headers, form) => line("POST", path, headers, String(new URLSearchParams(form)));
const write = (name, lines) => writeFileSync(`${folder}/${name}`, lines.join("\n"));
const exchange = (value, headers, more) => post("/token", headers, {
  grant_type: "authorization_code", code: value, redirect_uri: CALLBACK, code_verifier: VERIFIER, ...more,
});
const chain = (value, headers, more) =>
  line("POST", "/token", headers, `${new URLSearchParams({ grant_type: "refresh_token", ...more })}&refresh_token=`, value, "");

write("client credentials", [post("/token", BASIC, { grant_type: "client_credentials" })]);
const live = await many(TOKENS, (n) => access(bench, n));
const over = await many(TOKENS, (n) => access(bench, n));
for (const value of over) await (await provider.AccessToken.find(value)).destroy();
write("introspect", live.map((token) => post("/token/introspection", BASIC, { token })));
write("introspect revoked", over.map((token) => post("/token/introspection", BASIC, { token })));
write("userinfo", live.map((token) => line("GET", "/me", { Authorization: `Bearer ${token}` }, "")));
write("discovery", [line("GET", "/.well-known/openid-configuration", {}, "")]);
write("JWKS", [line("GET", "/jwks", {}, "")]);
const asked = new URLSearchParams({
  client_id: "bench", response_type: "code", redirect_uri: CALLBACK, scope: "openid profile", state: "af0ifjsldkj",
  nonce: "n-0S6_WzA2Mj", code_challenge: CHALLENGE, code_challenge_method: "S256",
});
const browsers = await many(BROWSERS, async (n) => {
  const { accountId, grantId } = grants.bench[n];
  const session = new provider.Session({ accountId, loginTs: now, authorizations: { bench: { grantId, sid: `sid${n}` } } });
  return session.save(14 * 86400);
});
write("authorize", browsers.map((id) => line("GET", `/auth?${asked}`, { Cookie: `_session=${id}` }, "")));
for (let round = 0; round < rounds; round += 1) {
  write(`code exchange.${round}`, (await many(once, (n) => code(bench, n))).map((v) => exchange(v, BASIC)));
  write(`code exchange, public.${round}`, (await many(once, (n) => code(pocket, n))).map((v) => exchange(v, FORM, { client_id: "pocket" })));
  write(`refresh.${round}`, (await many(CHAINS, (n) => refresh(bench, n))).map((v) => chain(v, BASIC)));
  write(`refresh, public.${round}`, (await many(CHAINS, (n) => refresh(pocket, n))).map((v) => chain(v, FORM, { client_id: "pocket" })));
  // Each of a grant of its own: revoking one ends the whole grant there, as it ends the whole connection here.
  const ended = await many(once, async (n) => {
    const accountId = `ended${n}`;
    return new provider.RefreshToken({ ...about(bench, n), accountId, grantId: await granted(bench, accountId), rotations: 0, iiat: now }).save();
  });
  write(`revoke.${round}`, ended.map((token) => post("/token/revocation", BASIC, { token })));
}
await store.close();
console.log(`${rounds * once} codes for each client`);
process.exit(0);
