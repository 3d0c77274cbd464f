// openid-client, unmodified: OIDC discovery, code with PKCE, userinfo, introspection, refresh.
import * as client from "openid-client";
import { hear, say } from "./lines.mjs";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, CALLBACK, RS_ID, RS_SECRET, API } = process.env;
const insecure = { execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, insecure);
const server = await client.discovery(new URL(ISSUER), RS_ID, RS_SECRET, undefined, insecure);

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
say({
  url: client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope: "openid profile offline_access vso.profile", state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256",
  }).href,
});

const tokens = await client.authorizationCodeGrant(config, new URL(await hear()), {
  pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true,
});
const sub = tokens.claims().sub;
const api = (token) => fetch(API, { headers: { authorization: `Bearer ${token}` } });
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
say({
  name: (await (await api(tokens.access_token)).json()).displayName, sub: Boolean(sub),
  userinfo: (await client.fetchUserInfo(config, tokens.access_token, sub)).name,
  active: (await client.tokenIntrospection(server, tokens.access_token)).active,
  rotated: refreshed.refresh_token !== tokens.refresh_token,
});

await hear();
say({
  api: (await api(refreshed.access_token)).status,
  refresh: await client.refreshTokenGrant(config, refreshed.refresh_token).then(() => "ok", (error) => error.error),
  active: (await client.tokenIntrospection(server, refreshed.access_token)).active,
});
process.exit(0);
