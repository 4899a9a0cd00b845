#!/usr/bin/env bash
# The step of action.yml: packs, sets the outputs of the step, and puts the report into the summary of the run.
set -uo pipefail
: "${INPUT:?}" "${OUTPUT:?}" "${GITHUB_OUTPUT:?}" "${GITHUB_STEP_SUMMARY:?}"
LAMBDA_SLIM=${LAMBDA_SLIM:-npx --yes lambda-slim@${VERSION:-latest}}
report=$(mktemp) && talk=$(mktemp)
trap 'rm -f "$report" "$talk"' EXIT

# ARGUMENTS are words as a shell has them; nothing in them is expanded or run.
words=()
while IFS= read -r -d '' word; do words+=("$word"); done < <(xargs -r printf '%s\0' <<<"${ARGUMENTS:-}")

$LAMBDA_SLIM pack "$INPUT" -o "$OUTPUT" --no-progress --report-file "$report" "${words[@]}" 2> >(tee "$talk" >&2)
code=$?
# tee may still be writing.
wait

{ echo '```'; head -c 100000 "$talk"; echo '```'; } >>"$GITHUB_STEP_SUMMARY"
if [ -s "$report" ]; then
    node -e '
        const report = JSON.parse(require("fs").readFileSync(process.argv[1]));
        console.log(`path=${report.output}`);
        console.log(`bytes=${report.after.zip_bytes}`);
        if (report.hashes) {
            console.log(`sha256=${report.hashes.sha256}`);
            console.log(`code-sha256=${report.hashes.code_sha256}`);
        }
    ' "$report" >>"$GITHUB_OUTPUT"
fi
if [ "$code" -ne 0 ]; then
    message=$(grep -m1 -E '^error' "$talk" || echo "lambda-slim ended with code $code")
    echo "::error title=lambda-slim::$message"
fi
exit "$code"
