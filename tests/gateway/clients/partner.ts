/* What a partner writes against the types that openapi-typescript makes of the API's description (G7). Checked by tsc,
   never run: each line with "@ts-expect-error" is wrong on purpose, so that types that say nothing would be noticed. */
import type { components, operations, paths } from "./api";

type Schemas = components["schemas"];
type Problem = Schemas["ProblemDocument"];
type Ok<Operation extends { responses: unknown }> = Operation["responses"] extends { 200: { content: { "application/json": infer Answer } } }
  ? Answer
  : Operation["responses"] extends { 201: { content: { "application/json": infer Made } } }
    ? Made
    : never;
type Sent<Operation> = Operation extends { requestBody: { content: { "application/json": infer Body } } } ? Body : never;

const API = "https://api.example.org";
const BALLOT: keyof paths = "/api/v1/networks/{network}/ballots/{ballot}";
// @ts-expect-error - there is no such address
const NOWHERE: keyof paths = "/api/v1/networks/{network}/cases";

async function call<Answer>(verb: string, path: string, key: string, body?: unknown, more?: Record<string, string>): Promise<Answer> {
  const answer = await fetch(API + path, {
    method: verb,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) {
    const problem = (await answer.json()) as Problem;
    throw new Error(`${problem.type}: ${problem.detail} (${problem.instance})`);
  }
  return (await answer.json()) as Answer;
}

export async function openBallots(network: string, key: string): Promise<string[]> {
  const page = await call<Ok<operations["listBallots"]>>("GET", `/api/v1/networks/${network}/ballots?open=true`, key);
  return page.items.map((ballot) => `${ballot.subject_name}: ${ballot.needed} needed`);
}

export async function vote(network: string, ballot: string, token: string, id: string): Promise<string> {
  const sent: Sent<operations["castVote"]> = { choice: "no-objection" };
  // @ts-expect-error - no such choice
  const wrong: Sent<operations["castVote"]> = { choice: "perhaps" };
  const path = BALLOT.replace("{network}", network).replace("{ballot}", ballot) + "/votes";
  const receipt = await call<Ok<operations["castVote"]>>("POST", path, token, sent ?? wrong, { "idempotency-key": id });
  // @ts-expect-error - a receipt has no such field
  void receipt.secret;
  return receipt.changeable_until ?? receipt.at;
}

export async function changeOffer(network: string, offer: string, token: string): Promise<number> {
  const path = `/api/v1/networks/${network}/offers/${offer}`;
  const read = await call<Ok<operations["getOffer"]>>("GET", path, token);
  const edited: Sent<operations["editOffer"]> = { ...read.details, capacity: (read.details.capacity ?? 0) + 1 };
  type Headers = NonNullable<operations["editOffer"]["parameters"]["header"]>;
  const version: Pick<Headers, "If-Match"> = { "If-Match": `"${read.version}"` };
  const after = await call<Ok<operations["editOffer"]>>("PUT", path, token, edited, version);
  return after.version;
}

export async function follow(network: string, key: string, after: number): Promise<number> {
  const part = await call<Ok<operations["listChanges"]>>("GET", `/api/v1/networks/${network}/changes?after=${after}`, key);
  for (const change of part.changes) console.log(change.type, change.about["ballot"]);
  return part.next ?? part.last;
}

void NOWHERE;
