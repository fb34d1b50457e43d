// The certified OpenID Connect provider of npm, with people who never mistype: `node provider.mjs PORT`.
//
// Its pages answer by themselves: whoever is asked for as `login_hint` signs in, here set by a cookie `person`, and agrees.
// PEOPLE holds what it says of each. Whatever is asked of it under /moved/ it redirects to itself.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const people = JSON.parse(process.env.PEOPLE);
const clients = JSON.parse(process.env.CLIENTS);
const algorithms = ["RS256", "PS256", "ES256", "HS256"];
const drawn = (kind, options) => generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  clients,
  jwks: {
    keys: [
      { ...drawn("rsa", { modulusLength: 2048 }), kid: "rsa", use: "sig" },
      { ...drawn("ec", { namedCurve: "P-256" }), kid: "ec", use: "sig", alg: "ES256" },
    ],
  },
  enabledJWA: { idTokenSigningAlgValues: algorithms, userinfoSigningAlgValues: algorithms },
  pkce: { required: () => true },
  claims: { openid: ["sub"], profile: ["given_name", "family_name", "usual_name"], email: ["email", "email_verified"], acr: null, amr: null },
  scopes: ["openid", "profile", "email", "given_name", "family_name", "usual_name"],
  conformIdTokenClaims: true,
  acrValues: [...new Set(Object.values(people).map((one) => one.acr).filter(Boolean)), "eidas1"],
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  interactions: { url: (_context, interaction) => `/person/${interaction.uid}` },
  cookies: { keys: ["a key of the tests alone"] },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true },
    userinfo: { enabled: true },
    jwtUserinfo: { enabled: true },
    claimsParameter: { enabled: true },
  },
});

provider.use(async (context, next) => {
  if (context.path.startsWith("/moved/")) {
    context.status = 307;
    return context.set("Location", `${issuer}${context.path.replace("/moved", "")}`);
  }
  if (!context.path.startsWith("/person/")) return next();
  const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
  const person = context.cookies.get("person");
  if (person === "nobody") {
    return provider.interactionFinished(context.req, context.res, { error: "access_denied" });
  }
  if (prompt.name === "login") {
    const { acr, amr } = people[person];
    return provider.interactionFinished(context.req, context.res, { login: { accountId: person, acr, amr } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addOIDCClaims(["acr", "amr"]);
  return provider.interactionFinished(context.req, context.res, { consent: { grantId: await grant.save() } });
});

provider.listen(port, "127.0.0.1", () => console.log(`ready at ${issuer}`));
